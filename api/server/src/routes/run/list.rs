use assay_app::{App, runs};
use assay_model::{RunState, Verdict};
use assay_ports::RunFilter;
use assay_wire::{List, RunItem, RunQuery};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, choice, page};
use crate::problem::Fault;

/// The runs, newest first.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/runs",
    params(RunQuery),
    responses((status = 200, description = "The runs.", body = List<RunItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<RunQuery>,
) -> Result<Json<List<RunItem>>, Fault> {
    let filter = RunFilter {
        verdict: query.verdict.map(|text| choice("verdict", &text, &Verdict::ALL, |v| v.as_str())).transpose()?,
        state: query.state.map(|text| choice("state", &text, &RunState::ALL, |s| s.as_str())).transpose()?,
        project: query.project,
        workflow: query.workflow,
    };
    let found = runs::list(&app, &caller, filter, query.digest, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::run_item)))
}
