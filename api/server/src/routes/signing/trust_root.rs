use assay_app::{App, AppError, trust};
use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::extract::Who;
use crate::problem::Fault;

/// The organization's trust root: a Sigstore `TrustedRoot`, for verifying offline.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/trust-root",
    responses((status = 200, description = "The trust root.", body = Object))
)]
pub(crate) async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Json<Value>, Fault> {
    let root = trust::root(&app, &caller).await?;
    let failed = |error| AppError::Stored { what: "trust root", source: Box::new(error) };
    Ok(Json(root.to_json().map_err(failed)?))
}
