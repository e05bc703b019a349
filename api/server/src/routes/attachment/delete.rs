use assay_app::{App, attachments};
use assay_base::AttachmentId;
use assay_wire::AttachmentItem;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{IdPath, Params, Who};
use crate::problem::Fault;

/// Detaches: nothing more is delivered, and pending deliveries are cancelled.
#[utoipa::path(
    delete,
    path = "/v1/orgs/{org}/attachments/{id}",
    responses((status = 200, description = "The attachment that was removed.", body = AttachmentItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<AttachmentId>>,
) -> Result<Json<AttachmentItem>, Fault> {
    let removed = attachments::delete(&app, &caller, path.id).await?;
    Ok(Json(convert::attachment(&removed)))
}
