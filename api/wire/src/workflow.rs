use assay_base::{DocumentName, ProjectName, WorkflowName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::RunItem;

/// A workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowItem {
    /// Its name.
    #[schema(value_type = String)]
    pub name: WorkflowName,
    /// Its project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The contract that it is bound to, or null for the empty one.
    #[schema(value_type = Option<String>)]
    pub contract: Option<DocumentName>,
    /// How many runs it has.
    pub runs: u64,
    /// The newest run.
    pub last_run: Option<RunItem>,
}

/// Binds a workflow to another contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindWorkflow {
    /// The contract.
    #[schema(value_type = String)]
    pub contract: DocumentName,
}

/// Which workflows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkflowQuery {
    /// Of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub project: Option<ProjectName>,
    /// Most items, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The cursor that the page before gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
