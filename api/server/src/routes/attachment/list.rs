use assay_app::{App, attachments};
use assay_wire::{AttachmentItem, AttachmentQuery, List};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, page};
use crate::problem::Fault;

/// The attachments, the oldest first.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/attachments",
    params(AttachmentQuery),
    responses((status = 200, description = "The attachments.", body = List<AttachmentItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<AttachmentQuery>,
) -> Result<Json<List<AttachmentItem>>, Fault> {
    let wanted = page(query.limit, query.next)?;
    let found = attachments::list(&app, &caller, query.project, query.workflow, &wanted).await?;
    Ok(Json(convert::list(found, convert::attachment)))
}
