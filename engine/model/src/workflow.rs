use assay_base::{DocumentName, OrgId, ProjectName, Timestamp, WorkflowId, WorkflowName};

use crate::RunItem;

/// One pipeline of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// Whose it is.
    pub org: OrgId,
    /// Its project.
    pub project: ProjectName,
    /// Its name, unique in the project.
    pub name: WorkflowName,
    /// The contract that it is bound to; absent for the empty one.
    pub contract: Option<DocumentName>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A workflow in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowItem {
    /// The workflow.
    pub workflow: Workflow,
    /// How many runs it has.
    pub runs: u64,
    /// The newest one.
    pub last_run: Option<RunItem>,
}
