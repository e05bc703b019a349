use assay_app::{App, blobs};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;

use crate::extract::{BlobPath, Params, Who};
use crate::problem::Fault;

/// Hands evidence out, hashing it again on the way: what is damaged is cut short.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/blobs/{digest}",
    responses((status = 200, description = "The bytes.", body = Vec<u8>, content_type = "application/octet-stream"))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<BlobPath>,
) -> Result<impl IntoResponse, Fault> {
    let blob = blobs::get(&app, &caller, path.digest).await?;
    // It is a stranger's file: no browser is to guess what it is, or to show it.
    let headers = [
        (header::CONTENT_LENGTH, HeaderValue::from(blob.size)),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
    ];
    Ok((headers, Body::from_stream(blob.body)))
}
