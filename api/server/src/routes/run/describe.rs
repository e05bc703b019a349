use assay_app::{App, runs};
use assay_wire::RunDescription;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Params, RunPath, Who};
use crate::problem::Fault;

/// A run and everything that was pushed to it.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/runs/{run_id}",
    responses((status = 200, description = "The run.", body = RunDescription))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<RunPath>,
) -> Result<Json<RunDescription>, Fault> {
    let details = runs::describe(&app, &caller, path.run_id).await?;
    Ok(Json(convert::run(&details, app.now())))
}
