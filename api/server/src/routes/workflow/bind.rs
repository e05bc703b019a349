use assay_app::{App, workflows};
use assay_wire::{BindWorkflow, WorkflowItem};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Input, Params, Who, WorkflowPath};
use crate::problem::Fault;

/// Binds a workflow to another contract.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org}/workflows/{project}/{workflow}/contract",
    request_body = BindWorkflow,
    responses((status = 200, description = "The workflow as it is now.", body = WorkflowItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<WorkflowPath>,
    Input(bind): Input<BindWorkflow>,
) -> Result<Json<WorkflowItem>, Fault> {
    let item = workflows::bind(&app, &caller, &path.project, &path.workflow, &bind.contract).await?;
    Ok(Json(convert::workflow_item(&item)))
}
