use assay_base::{Digest, DocumentName, ProjectName, RunId, Timestamp, WorkflowName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a gate answers about a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateAnswer {
    /// The gate.
    #[schema(value_type = String)]
    pub gate: DocumentName,
    /// The digest.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// `pass`, `fail` or `inconclusive`.
    pub decision: String,
    /// One for each workflow.
    pub reasons: Vec<GateReason>,
    /// When it was decided.
    #[schema(value_type = String)]
    pub decided_at: Timestamp,
}

/// What one workflow says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateReason {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// The workflow.
    #[schema(value_type = String)]
    pub workflow: WorkflowName,
    /// Its project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The run that it rests on.
    #[schema(value_type = Option<String>)]
    pub run_id: Option<RunId>,
}
