use assay_base::{Digest, DocumentName, ProjectName, RunId, TokenName, WorkflowName};
use assay_wire::{
    ApplyAnswer, ApplyRequest, BindWorkflow, CertificateAnswer, CertificateRequest, DocumentDescription, DocumentItem,
    FinishRun, FinishedRun, GateAnswer, List, NewOrg, NewToken, NewTrustKey, OpenRun, OpenedRun, OrgCreated, OrgItem,
    Paging, PushAnswer, RunDescription, RunItem, RunQuery, TimestampAnswer, TimestampRequest, TokenCreated, TokenItem,
    TrustKeyItem, WhoAmI, WorkflowItem, WorkflowQuery,
};
use bytes::Bytes;
use reqwest::Method;

use super::Client;
use crate::error::CliError;

/// A collection of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    /// Contracts.
    Contracts,
    /// Policies and policy groups.
    Policies,
    /// Gates.
    Gates,
}

impl Collection {
    const fn segment(self) -> &'static str {
        match self {
            Self::Contracts => "contracts",
            Self::Policies => "policies",
            Self::Gates => "gates",
        }
    }
}

/// Every function answers a [`CliError`] with the exit code of the problem that the server names, or exit 8 when the
/// server cannot be reached.
impl Client {
    /// Who the token is.
    pub(crate) fn whoami(&self) -> Result<WhoAmI, CliError> {
        self.get(&self.server.join(&["v1", "whoami"]), &())
    }

    /// One page of organizations.
    pub(crate) fn orgs(&self, paging: &Paging) -> Result<List<OrgItem>, CliError> {
        self.get(&self.server.join(&["v1", "orgs"]), paging)
    }

    /// Makes an organization.
    pub(crate) fn create_org(&self, new: &NewOrg) -> Result<OrgCreated, CliError> {
        self.send_json(&Method::POST, &self.server.join(&["v1", "orgs"]), new)
    }

    /// Applies documents, all or none.
    pub(crate) fn apply(&self, request: &ApplyRequest) -> Result<ApplyAnswer, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["documents"])?, request)
    }

    /// One page of documents.
    pub(crate) fn documents(&self, of: Collection, paging: &Paging) -> Result<List<DocumentItem>, CliError> {
        self.get(&self.org_url(&[of.segment()])?, paging)
    }

    /// A document, its newest revision or the one that is asked for.
    pub(crate) fn document(
        &self,
        of: Collection,
        name: &DocumentName,
        revision: Option<u32>,
    ) -> Result<DocumentDescription, CliError> {
        let query: Vec<(&str, u32)> = revision.map(|number| ("revision", number)).into_iter().collect();
        self.get(&self.org_url(&[of.segment(), name.as_str()])?, &query)
    }

    /// What a gate says about a digest.
    pub(crate) fn gate_decision(&self, gate: &DocumentName, digest: Digest) -> Result<GateAnswer, CliError> {
        self.get(&self.org_url(&["gates", gate.as_str(), "decision"])?, &[("digest", digest)])
    }

    /// One page of workflows.
    pub(crate) fn workflows(&self, query: &WorkflowQuery) -> Result<List<WorkflowItem>, CliError> {
        self.get(&self.org_url(&["workflows"])?, query)
    }

    /// Binds a workflow to a contract.
    pub(crate) fn bind_workflow(
        &self,
        project: &ProjectName,
        workflow: &WorkflowName,
        bind: &BindWorkflow,
    ) -> Result<WorkflowItem, CliError> {
        let url = self.org_url(&["workflows", project.as_str(), workflow.as_str(), "contract"])?;
        self.send_json(&Method::PUT, &url, bind)
    }

    /// One page of runs.
    pub(crate) fn runs(&self, query: &RunQuery) -> Result<List<RunItem>, CliError> {
        self.get(&self.org_url(&["runs"])?, query)
    }

    /// Opens a run.
    pub(crate) fn open_run(&self, open: &OpenRun) -> Result<OpenedRun, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["runs"])?, open)
    }

    /// A run, whole.
    pub(crate) fn run(&self, id: RunId) -> Result<RunDescription, CliError> {
        self.get(&self.org_url(&["runs", &id.to_string()])?, &())
    }

    /// Gives a run up.
    pub(crate) fn finish_run(&self, id: RunId, finish: &FinishRun) -> Result<FinishedRun, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["runs", &id.to_string(), "finish"])?, finish)
    }

    /// The certificate for the ephemeral key of a run.
    pub(crate) fn certificate(&self, id: RunId, request: &CertificateRequest) -> Result<CertificateAnswer, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["runs", &id.to_string(), "certificate"])?, request)
    }

    /// Hands an attestation in. The same bytes again get the same answer; `verdict` is null while it is being judged.
    #[expect(clippy::needless_pass_by_value, reason = "bytes are a handle that is shared")]
    pub(crate) fn push_attestation(&self, id: RunId, bundle: Bytes) -> Result<PushAnswer, CliError> {
        self.send_document(&self.org_url(&["runs", &id.to_string(), "attestation"])?, &bundle)
    }

    /// The bundle of a run, byte for byte.
    pub(crate) fn attestation(&self, id: RunId) -> Result<Bytes, CliError> {
        self.get_bytes(&self.org_url(&["runs", &id.to_string(), "attestation"])?)
    }

    /// A timestamp of the server's authority.
    pub(crate) fn timestamp(&self, request: &TimestampRequest) -> Result<TimestampAnswer, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["timestamps"])?, request)
    }

    /// The trust root of the organization, byte for byte: JSON.
    pub(crate) fn trust_root(&self) -> Result<Bytes, CliError> {
        self.get_bytes(&self.org_url(&["trust-root"])?)
    }

    /// One page of tokens.
    pub(crate) fn tokens(&self, paging: &Paging) -> Result<List<TokenItem>, CliError> {
        self.get(&self.org_url(&["tokens"])?, paging)
    }

    /// Makes a token.
    pub(crate) fn create_token(&self, new: &NewToken) -> Result<TokenCreated, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["tokens"])?, new)
    }

    /// Ends a token.
    pub(crate) fn revoke_token(&self, name: &TokenName) -> Result<(), CliError> {
        self.delete(&self.org_url(&["tokens", name.as_str()])?).map(drop)
    }

    /// The trusted keys.
    pub(crate) fn trust_keys(&self, paging: &Paging) -> Result<List<TrustKeyItem>, CliError> {
        self.get(&self.org_url(&["keys"])?, paging)
    }

    /// Trusts a key.
    pub(crate) fn add_trust_key(&self, new: &NewTrustKey) -> Result<TrustKeyItem, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["keys"])?, new)
    }

    /// Trusts a key no longer.
    pub(crate) fn remove_trust_key(&self, name: &TokenName) -> Result<TrustKeyItem, CliError> {
        super::request::decode(&self.delete(&self.org_url(&["keys", name.as_str()])?)?)
    }
}
