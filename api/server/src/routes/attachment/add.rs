use assay_app::App;
use assay_app::attachments::{self, NewAttachment};
use assay_wire::AttachmentItem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Attaches a registration to a workflow: what is pushed from now on is delivered.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/attachments",
    request_body = assay_wire::NewAttachment,
    responses((status = 201, description = "It is attached.", body = AttachmentItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(new): Input<assay_wire::NewAttachment>,
) -> Result<(StatusCode, Json<AttachmentItem>), Fault> {
    let assay_wire::NewAttachment { registration, project, workflow, options } = new;
    let new = NewAttachment { registration, project, workflow, options };
    let made = attachments::add(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(convert::attachment(&made))))
}
