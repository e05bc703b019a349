use assay_app::{App, workflows};
use assay_wire::{List, WorkflowItem, WorkflowQuery};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, page};
use crate::problem::Fault;

/// The workflows, by project and name.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/workflows",
    params(WorkflowQuery),
    responses((status = 200, description = "The workflows.", body = List<WorkflowItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<WorkflowQuery>,
) -> Result<Json<List<WorkflowItem>>, Fault> {
    let found = workflows::list(&app, &caller, query.project, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::workflow_item)))
}
