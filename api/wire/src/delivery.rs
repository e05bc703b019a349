use assay_base::{AttachmentId, DeliveryId, RegistrationName, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A delivery: one attestation on its way to one attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryItem {
    /// Its id, which the receiver sees.
    #[schema(value_type = String)]
    pub id: DeliveryId,
    /// The run whose evidence it carries.
    #[schema(value_type = String)]
    pub run_id: RunId,
    /// The registration.
    #[schema(value_type = String)]
    pub registration: RegistrationName,
    /// The attachment.
    #[schema(value_type = String)]
    pub attachment_id: AttachmentId,
    /// `pending`, `delivered`, `dead` or `cancelled`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; null before the verdict, while the registration is unhealthy, and when it is over.
    #[schema(value_type = Option<String>)]
    pub next_attempt_at: Option<Timestamp>,
    /// When the attestation was pushed, or when it was backfilled.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it was delivered, given up or cancelled.
    #[schema(value_type = Option<String>)]
    pub finished_at: Option<Timestamp>,
}

/// A delivery with its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDescription {
    /// What a list says of it.
    #[serde(flatten)]
    pub item: DeliveryItem,
    /// Its attempts, the oldest first; at most the last 200.
    pub history: Vec<DeliveryAttempt>,
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryAttempt {
    /// When it began.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// `delivered`, `invalid`, `unauthorized`, `retryable`, `permanent` or `trap`.
    pub outcome: String,
    /// The HTTP status of the last answer.
    pub status_code: Option<u16>,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What the integration said; secrets are struck out.
    pub message: String,
    /// The beginning of the last request, redacted.
    pub request_head: Option<String>,
    /// The beginning of the last answer, redacted.
    pub response_head: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Of this registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub registration: Option<RegistrationName>,
    /// Of this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub run: Option<RunId>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Most items, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The cursor that the page before gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Sends again what went to a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The registration.
    #[schema(value_type = String)]
    pub registration: RegistrationName,
    /// Only what was created at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
}

/// Deliveries that were made due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesDue {
    /// They are.
    pub items: Vec<DeliveryItem>,
}
