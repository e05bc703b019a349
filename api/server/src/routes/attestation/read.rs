use assay_app::{App, runs};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::extract::{Params, RunPath, Who};
use crate::problem::Fault;

/// The media type of a bundle.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The bundle of a run, exactly as it was received.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/runs/{run_id}/attestation",
    responses((
        status = 200,
        description = "The bundle.",
        body = Object,
        content_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    ))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<RunPath>,
) -> Result<impl IntoResponse, Fault> {
    let bundle = runs::bundle(&app, &caller, path.run_id).await?;
    Ok(([(header::CONTENT_TYPE, BUNDLE), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], bundle))
}
