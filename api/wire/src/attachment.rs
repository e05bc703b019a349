use assay_base::{AttachmentId, IntegrationId, ProjectName, RegistrationName, Timestamp, WorkflowName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// Puts a registration to work for a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// The registration.
    #[schema(value_type = String)]
    pub registration: RegistrationName,
    /// The workflow's project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The workflow.
    #[schema(value_type = String)]
    pub workflow: WorkflowName,
    /// The values of the integration's attachment form.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
}

/// A registration at work for a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttachmentItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: AttachmentId,
    /// The registration.
    #[schema(value_type = String)]
    pub registration: RegistrationName,
    /// The registration's integration.
    #[schema(value_type = String)]
    pub integration: IntegrationId,
    /// The workflow.
    #[schema(value_type = String)]
    pub workflow: WorkflowName,
    /// The workflow's project.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// Its values, with the defaults of the form filled in.
    #[schema(value_type = Object)]
    pub configuration: Value,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

/// Which attachments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentQuery {
    /// Of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub project: Option<ProjectName>,
    /// Of workflows of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub workflow: Option<WorkflowName>,
    /// Most items, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The cursor that the page before gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Sends to an attachment what was pushed before it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// Only what was pushed at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
}

/// What a backfill made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackfillAnswer {
    /// How many deliveries are new.
    pub created: u64,
}
