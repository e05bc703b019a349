use assay_app::{App, attachments};
use assay_base::AttachmentId;
use assay_wire::{Backfill, BackfillAnswer};
use axum::Json;
use axum::extract::State;

use crate::extract::{IdPath, Input, Params, Who};
use crate::problem::Fault;

/// Sends to an attachment what was pushed to its workflow before it was made. What it has already is not sent again.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/attachments/{id}/backfill",
    request_body = Backfill,
    responses((status = 200, description = "How many deliveries are new.", body = BackfillAnswer))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<AttachmentId>>,
    Input(wanted): Input<Backfill>,
) -> Result<Json<BackfillAnswer>, Fault> {
    let created = attachments::backfill(&app, &caller, path.id, wanted.since).await?;
    Ok(Json(BackfillAnswer { created }))
}
