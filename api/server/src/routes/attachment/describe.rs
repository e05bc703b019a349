use assay_app::{App, attachments};
use assay_base::AttachmentId;
use assay_wire::AttachmentItem;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{IdPath, Params, Who};
use crate::problem::Fault;

/// An attachment.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/attachments/{id}",
    responses((status = 200, description = "The attachment.", body = AttachmentItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<AttachmentId>>,
) -> Result<Json<AttachmentItem>, Fault> {
    let found = attachments::describe(&app, &caller, path.id).await?;
    Ok(Json(convert::attachment(&found)))
}
