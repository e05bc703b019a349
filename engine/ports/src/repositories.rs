//! What the plane remembers. Each method that writes is one transaction and takes the audit event that belongs to it;
//! each query carries the organization. `None` means "not there", an error means "broken".

use std::time::Duration;

use assay_base::{
    Digest, DocumentName, JobId, OrgId, OrgName, ProjectName, RunId, Timestamp, TokenHash, TokenId, TokenName,
    WorkflowName,
};
use assay_model::{
    ApiToken, Applied, DocumentKind, DocumentRevision, LatestRun, Material, NewDocument, NewRun, Organization, Push,
    Run, RunState, RunVerdict, SignerRecord, Subject, TrustKey, Verdict, Workflow, WorkflowItem, WorkflowKey,
};
use async_trait::async_trait;

use crate::{AuthorityRecord, Deliveries, Integrations};

/// Everything that is remembered.
pub trait Repositories:
    Organizations
    + Tokens
    + TrustKeys
    + Authorities
    + Documents
    + Workflows
    + Runs
    + Jobs
    + Integrations
    + Deliveries
    + Send
    + Sync
{
}

impl<T> Repositories for T where
    T: Organizations
        + Tokens
        + TrustKeys
        + Authorities
        + Documents
        + Workflows
        + Runs
        + Jobs
        + Integrations
        + Deliveries
        + Send
        + Sync
{
}

/// Why a repository did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// Something of that name is there already.
    #[error("the name of the {what} is taken already")]
    Taken {
        /// `organization`, `token`, `key`, `registration`.
        what: &'static str,
    },
    /// The workflow is bound to another contract.
    #[error("the workflow is bound to another contract")]
    Bound,
    /// A cursor that no page of that list gave out.
    #[error("the cursor does not belong to this list")]
    Cursor,
    /// A row that makes no sense.
    #[error("column {column} of table {table} holds what it must not")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why it does not read.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else, from the database.
    #[error("the database failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Who did what, written in the same transaction as the deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// When.
    pub at: Timestamp,
    /// The name of the token; absent for the server itself.
    pub actor: Option<TokenName>,
    /// The operation, for example `run-open`.
    pub action: &'static str,
    /// What it was done to, in words.
    pub subject: String,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Most items.
    pub limit: u32,
    /// What [`Page::next`] said; absent for the first page.
    pub after: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<String>,
}

/// A token to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What it is and may do.
    pub token: ApiToken,
    /// The hash of its text.
    pub hash: TokenHash,
}

/// Organizations.
#[async_trait]
pub trait Organizations {
    /// Makes an organization with its authorities and its first token.
    async fn create_org(
        &self,
        org: &Organization,
        authorities: &[AuthorityRecord],
        owner: &NewToken,
        audit: &Audit,
    ) -> Result<(), RepositoryError>;
    /// The organization of that name.
    async fn org(&self, name: &OrgName) -> Result<Option<Organization>, RepositoryError>;
    /// The organization with that id.
    async fn org_by_id(&self, id: OrgId) -> Result<Option<Organization>, RepositoryError>;
    /// All organizations, by name.
    async fn orgs(&self, page: &PageRequest) -> Result<Page<Organization>, RepositoryError>;
}

/// API tokens.
#[async_trait]
pub trait Tokens {
    /// Stores a token; [`RepositoryError::Taken`] when a live one has its name.
    async fn create_token(&self, token: &NewToken, audit: &Audit) -> Result<(), RepositoryError>;
    /// The token with that id, its hash, and its organization's name, dead or alive.
    async fn token(&self, id: TokenId) -> Result<Option<(NewToken, OrgName)>, RepositoryError>;
    /// The tokens of an organization that are not revoked, by name.
    async fn tokens(&self, org: OrgId, page: &PageRequest) -> Result<Page<ApiToken>, RepositoryError>;
    /// Revokes the live token of that name; false when there is none.
    async fn revoke_token(&self, org: OrgId, name: &TokenName, audit: &Audit) -> Result<bool, RepositoryError>;
    /// Notes that a token was used.
    async fn touch_token(&self, id: TokenId, at: Timestamp) -> Result<(), RepositoryError>;
}

/// Trusted public keys.
#[async_trait]
pub trait TrustKeys {
    /// Trusts a key; [`RepositoryError::Taken`] when its name is in use.
    async fn add_key(&self, key: &TrustKey, audit: &Audit) -> Result<(), RepositoryError>;
    /// The keys of an organization, by name.
    async fn keys(&self, org: OrgId) -> Result<Vec<TrustKey>, RepositoryError>;
    /// Ends the trust in a key; false when there is none of that name.
    async fn remove_key(&self, org: OrgId, name: &TokenName, audit: &Audit) -> Result<bool, RepositoryError>;
}

/// Certificate and time-stamping authorities.
#[async_trait]
pub trait Authorities {
    /// The authorities of an organization, retired ones too, the oldest first.
    async fn authorities(&self, org: OrgId) -> Result<Vec<AuthorityRecord>, RepositoryError>;
}

/// Contracts, policies and gates, revision by revision.
#[async_trait]
pub trait Documents {
    /// Applies documents all or none, and keeps `policies` (digest and text of what `file://` references stand for).
    /// The answer says for each document what happened to it.
    async fn apply(
        &self,
        org: OrgId,
        documents: &[NewDocument],
        policies: &[(Digest, String)],
        audit: &Audit,
    ) -> Result<Vec<Applied>, RepositoryError>;
    /// The newest revision of each document of a kind, by name.
    async fn documents(
        &self,
        org: OrgId,
        kind: DocumentKind,
        page: &PageRequest,
    ) -> Result<Page<DocumentRevision>, RepositoryError>;
    /// A revision of a document, the newest one unless it is named.
    async fn document(
        &self,
        org: OrgId,
        kind: DocumentKind,
        name: &DocumentName,
        revision: Option<u32>,
    ) -> Result<Option<DocumentRevision>, RepositoryError>;
    /// The text of a policy by its digest, whether it was applied by name or came with a contract.
    async fn policy_text(&self, org: OrgId, digest: Digest) -> Result<Option<String>, RepositoryError>;
}

/// Workflows.
#[async_trait]
pub trait Workflows {
    /// The workflow of that name.
    async fn workflow(
        &self,
        org: OrgId,
        project: &ProjectName,
        name: &WorkflowName,
    ) -> Result<Option<Workflow>, RepositoryError>;
    /// The workflows of an organization, or of one project of it, by project and name.
    async fn workflows(
        &self,
        org: OrgId,
        project: Option<&ProjectName>,
        now: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<WorkflowItem>, RepositoryError>;
    /// Binds a workflow to another contract; the workflow as a list shows it then, or nothing when there is none.
    async fn bind_workflow(
        &self,
        org: OrgId,
        project: &ProjectName,
        name: &WorkflowName,
        contract: &DocumentName,
        audit: &Audit,
    ) -> Result<Option<WorkflowItem>, RepositoryError>;
}

/// Which runs of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this project.
    pub project: Option<ProjectName>,
    /// Of workflows of this name.
    pub workflow: Option<WorkflowName>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// In this state.
    pub state: Option<RunState>,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is stored, and its evaluation is owed; the lease is the caller's.
    New(JobLease),
    /// The same bundle was stored before.
    Same,
    /// The run has another bundle.
    Other,
    /// The run is over.
    Closed(RunState),
}

/// Runs and what was pushed to them.
#[async_trait]
pub trait Runs {
    /// Opens a run, and makes its workflow when there is none.
    ///
    /// # Errors
    /// [`RepositoryError::Bound`] when the workflow is bound to another contract than [`NewRun::binding`].
    async fn open_run(&self, run: &NewRun, audit: &Audit) -> Result<Run, RepositoryError>;
    /// The run with that id.
    async fn run(&self, org: OrgId, id: RunId) -> Result<Option<Run>, RepositoryError>;
    /// The run with that bundle.
    async fn run_by_digest(&self, org: OrgId, digest: Digest) -> Result<Option<Run>, RepositoryError>;
    /// Runs, newest first.
    async fn runs(
        &self,
        org: OrgId,
        filter: &RunFilter,
        now: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<Run>, RepositoryError>;
    /// Ends an open run; the state in which it is then (another one than `state` when it was over already), or nothing.
    async fn finish_run(
        &self,
        org: OrgId,
        id: RunId,
        state: RunState,
        reason: Option<&str>,
        audit: &Audit,
    ) -> Result<Option<RunState>, RepositoryError>;
    /// Stores a push: attestation, materials, subjects, state, audit event, evaluation job and a pending delivery for each
    /// attachment of the workflow, in one transaction. The job is leased to the caller until `lease_until`.
    async fn accept(
        &self,
        push: &Push,
        job: JobId,
        lease_until: Timestamp,
        audit: &Audit,
    ) -> Result<Accepted, RepositoryError>;
    /// The bundle of a run exactly as received, and who signed it.
    async fn bundle(&self, org: OrgId, id: RunId) -> Result<Option<(Vec<u8>, SignerRecord)>, RepositoryError>;
    /// The materials of a run, in the order of its statement.
    async fn materials(&self, org: OrgId, id: RunId) -> Result<Vec<Material>, RepositoryError>;
    /// The subjects of a run, in the order of its statement.
    async fn subjects(&self, org: OrgId, id: RunId) -> Result<Vec<Subject>, RepositoryError>;
    /// Whether any run of the organization refers to that blob, or an integration that it installed is in it.
    async fn refers_to(&self, org: OrgId, digest: Digest) -> Result<bool, RepositoryError>;
    /// Notes that somebody of that project handed in those bytes.
    async fn note_upload(
        &self,
        org: OrgId,
        project: &ProjectName,
        digest: Digest,
        at: Timestamp,
    ) -> Result<(), RepositoryError>;
    /// Whether that project has those bytes: handed in, or as a material of one of its runs.
    async fn project_has(&self, org: OrgId, project: &ProjectName, digest: Digest) -> Result<bool, RepositoryError>;
    /// Writes the verdict of a run, ends the job, and makes the deliveries of the run due at `now`, unless another holder has
    /// the job by now; false then. Those of an unhealthy registration are held.
    async fn judge(
        &self,
        org: OrgId,
        id: RunId,
        verdict: &RunVerdict,
        lease: JobLease,
        now: Timestamp,
    ) -> Result<bool, RepositoryError>;
    /// The verdict of a run with its evaluations.
    async fn verdict(&self, org: OrgId, id: RunId) -> Result<Option<RunVerdict>, RepositoryError>;
    /// The latest pushed run of each workflow that has `digest` as an output, in the order of `workflows`.
    async fn latest_outputs(
        &self,
        org: OrgId,
        digest: Digest,
        workflows: &[WorkflowKey],
    ) -> Result<Vec<Option<LatestRun>>, RepositoryError>;
}

/// The right to do a job until a moment; the fence tells holders apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobLease {
    /// The job.
    pub job: JobId,
    /// Counts the leases of the job: the newest holder wins.
    pub fence: i64,
}

/// An evaluation that the server owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Whose run.
    pub org: OrgId,
    /// The run.
    pub run: RunId,
    /// The right to do it.
    pub lease: JobLease,
}

/// Work that is owed.
#[async_trait]
pub trait Jobs {
    /// Takes up to `limit` jobs whose lease is over, and leases them for `period`.
    async fn claim(&self, now: Timestamp, period: Duration, limit: u32) -> Result<Vec<Job>, RepositoryError>;
    /// Ends all leases: for the start of a server that is the only one on its data.
    async fn release_all(&self) -> Result<(), RepositoryError>;
}
