use assay_app::AppError;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::Metrics;
use crate::problem::Fault;

/// The type of the text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the server counts about itself, as `OpenMetrics` text.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn handle(State(metrics): State<Metrics>) -> Result<impl IntoResponse, Fault> {
    let failed = |error| AppError::Stored { what: "metrics", source: Box::new(error) };
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.text().map_err(failed)?))
}
