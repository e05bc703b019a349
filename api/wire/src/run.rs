use std::collections::BTreeMap;

use assay_base::{
    Digest, DocumentName, MaterialKind, MaterialName, OrgName, ProjectName, RunId, Timestamp, WorkflowName,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Evaluation, Unmatched};

/// A run to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRun {
    /// The workflow; made when there is none.
    #[schema(value_type = String)]
    pub workflow: WorkflowName,
    /// Its project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The version of the project that it builds.
    #[serde(default)]
    pub version: Option<String>,
    /// The contract; must be the one that the workflow is bound to, unless the workflow is new.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub contract: Option<DocumentName>,
    /// Another revision than the newest: needs the right to write contracts.
    #[serde(default)]
    pub contract_revision: Option<u32>,
    /// Where it takes place.
    #[serde(default)]
    pub runner: Runner,
    /// Answers as if, and writes nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Where a run takes place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Runner {
    /// The runner's type, for example `GITHUB_ACTION`; null outside of a known CI.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// The page of the job.
    #[serde(default)]
    pub url: Option<String>,
}

/// A contract revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractRef {
    /// The contract's name.
    #[schema(value_type = String)]
    pub name: DocumentName,
    /// The revision; 0 is the empty contract.
    pub revision: u32,
    /// The digest of its text.
    #[schema(value_type = String)]
    pub digest: Digest,
}

/// What a reference of the contract stands for in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PinnedPolicy {
    /// The reference as the contract writes it.
    pub reference: String,
    /// The policy's name.
    #[schema(value_type = String)]
    pub name: DocumentName,
    /// The digest of its document.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// The document.
    pub document: String,
}

/// A run just opened, and what it takes to fill and judge it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenedRun {
    /// The run.
    #[schema(value_type = String)]
    pub run_id: RunId,
    /// The organization.
    #[schema(value_type = String)]
    pub organization: OrgName,
    /// The project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The version that it builds.
    pub version: Option<String>,
    /// The workflow.
    #[schema(value_type = String)]
    pub workflow: WorkflowName,
    /// The contract revision that it is pinned to.
    pub contract: ContractRef,
    /// The contract's text.
    pub contract_document: String,
    /// The policies that it is pinned to.
    pub policies: Vec<PinnedPolicy>,
    /// The URI that the run's certificate names.
    pub identity: String,
    /// When it expires unless it is pushed.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Gives a run up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRun {
    /// `failure` or `cancellation`.
    pub trigger: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A run that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FinishedRun {
    /// The run.
    #[schema(value_type = String)]
    pub run_id: RunId,
    /// `cancelled` or `failed`.
    pub state: String,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RunId,
    /// Its workflow.
    #[schema(value_type = String)]
    pub workflow: WorkflowName,
    /// The workflow's project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The version that it builds.
    pub version: Option<String>,
    /// `open`, `pushed`, `cancelled`, `failed` or `expired`.
    pub state: String,
    /// `compliant`, `non_compliant`, `inconclusive`, or null.
    pub verdict: Option<String>,
    /// The digest of its bundle.
    #[schema(value_type = Option<String>)]
    pub digest: Option<Digest>,
    /// When it was opened.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it ended to be open.
    #[schema(value_type = Option<String>)]
    pub finished_at: Option<Timestamp>,
}

/// A run, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunDescription {
    /// What a list says of it.
    #[serde(flatten)]
    pub item: RunItem,
    /// The contract revision that it is pinned to.
    pub contract: ContractRef,
    /// Where it took place.
    pub runner: Runner,
    /// Why it was given up.
    pub reason: Option<String>,
    /// Its materials.
    pub materials: Vec<Material>,
    /// Violations and errors that only warn.
    pub warnings: u32,
    /// Every evaluation.
    pub evaluations: Vec<Evaluation>,
    /// Attachments that selected nothing.
    pub unmatched: Vec<Unmatched>,
    /// The subjects of its statement.
    pub subjects: Vec<Subject>,
    /// Who signed it.
    pub signer: Option<Signer>,
}

/// A material of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Material {
    /// Its name.
    #[schema(value_type = String)]
    pub name: MaterialName,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: MaterialKind,
    /// Its digest.
    #[schema(value_type = Option<String>)]
    pub digest: Option<Digest>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its value, when it is a text or a reference.
    pub value: Option<String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// A subject of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Algorithm and hexadecimal digest.
    pub digest: String,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signer {
    /// `certificate` or `key`.
    pub kind: String,
    /// The URI of the certificate, or the name of the key.
    pub identity: String,
}

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    /// Of workflows of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub workflow: Option<WorkflowName>,
    /// Of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub project: Option<ProjectName>,
    /// With this verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// With this bundle: at most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub digest: Option<Digest>,
    /// Most items, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The cursor that the page before gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
