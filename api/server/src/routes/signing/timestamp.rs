use assay_app::{App, signing};
use assay_wire::{TimestampAnswer, TimestampRequest};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Stamps a digest with the present time (RFC 3161).
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/timestamps",
    request_body = TimestampRequest,
    responses((status = 200, description = "The timestamp.", body = TimestampAnswer))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(request): Input<TimestampRequest>,
) -> Result<Json<TimestampAnswer>, Fault> {
    let timestamp = signing::timestamp(&app, &caller, request.digest).await?;
    Ok(Json(TimestampAnswer { timestamp: BASE64_STANDARD.encode(timestamp) }))
}
