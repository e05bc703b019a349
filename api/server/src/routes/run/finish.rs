use assay_app::{App, runs};
use assay_model::RunState;
use assay_wire::{FinishRun, FinishedRun, ProblemKind};
use axum::Json;
use axum::extract::State;

use crate::extract::{Input, Params, RunPath, Who};
use crate::problem::Fault;

/// Gives an open run up.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/runs/{run_id}/finish",
    request_body = FinishRun,
    responses((status = 200, description = "It is over.", body = FinishedRun))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<RunPath>,
    Input(finish): Input<FinishRun>,
) -> Result<Json<FinishedRun>, Fault> {
    let state = outcome(&finish.trigger)?;
    let state = runs::finish(&app, &caller, path.run_id, state, finish.reason.as_deref()).await?;
    Ok(Json(FinishedRun { run_id: path.run_id, state: state.to_string() }))
}

fn outcome(trigger: &str) -> Result<RunState, Fault> {
    match trigger {
        "failure" => Ok(RunState::Failed),
        "cancellation" => Ok(RunState::Cancelled),
        _ => {
            let detail = "a run is given up by `failure` or `cancellation`";
            Err(Fault::new(ProblemKind::InvalidRequest, "trigger", detail).at("/trigger"))
        }
    }
}
