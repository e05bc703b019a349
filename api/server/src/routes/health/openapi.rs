use std::sync::OnceLock;

use assay_app::AppError;
use axum::http::header;
use axum::response::IntoResponse;
use bytes::Bytes;

use crate::problem::Fault;

/// The description of this API (`OpenAPI` 3.1).
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "The description.", body = Object)))]
pub(crate) async fn handle() -> Result<impl IntoResponse, Fault> {
    Ok(([(header::CONTENT_TYPE, "application/json")], document()?))
}

/// Made when somebody asks for the first time: it is a function of the code alone.
fn document() -> Result<Bytes, Fault> {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    if let Some(document) = DOCUMENT.get() {
        return Ok(document.clone());
    }
    let failed = |error| AppError::Stored { what: "OpenAPI document", source: Box::new(error) };
    let document = serde_json::to_vec(&crate::openapi()).map_err(failed)?;
    Ok(DOCUMENT.get_or_init(|| document.into()).clone())
}
