use assay_app::App;
use assay_app::runs::{self, OpenRequest};
use assay_model::Runner;
use assay_wire::{OpenRun, OpenedRun};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Opens a run: contract revision and policies are pinned, the workflow is made when there is none.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/runs",
    request_body = OpenRun,
    responses((status = 201, description = "It is open.", body = OpenedRun))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(open): Input<OpenRun>,
) -> Result<(StatusCode, Json<OpenedRun>), Fault> {
    let opened = runs::open(&app, &caller, request(&open)).await?;
    Ok((StatusCode::CREATED, Json(convert::opened_run(opened, &caller, open))))
}

fn request(open: &OpenRun) -> OpenRequest {
    OpenRequest {
        project: open.project.clone(),
        workflow: open.workflow.clone(),
        version: open.version.clone(),
        contract: open.contract.clone(),
        contract_revision: open.contract_revision,
        runner: Runner { kind: open.runner.kind.clone(), url: open.runner.url.clone() },
        dry_run: open.dry_run,
    }
}
