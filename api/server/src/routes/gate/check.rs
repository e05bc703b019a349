use assay_app::{App, gates};
use assay_base::Digest;
use assay_wire::GateAnswer;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::convert;
use crate::extract::{GatePath, Params, Query, Who};
use crate::problem::Fault;

/// What is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// The digest that wants to pass.
    #[param(value_type = String)]
    digest: Digest,
}

/// Asks a gate whether a digest may pass.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/gates/{gate}/decision",
    params(Question),
    responses((status = 200, description = "The answer, whatever it is.", body = GateAnswer))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<GatePath>,
    Query(question): Query<Question>,
) -> Result<Json<GateAnswer>, Fault> {
    let answer = gates::check(&app, &caller, &path.gate, question.digest).await?;
    Ok(Json(convert::gate_answer(&answer)))
}
