use assay_app::{App, blobs};
use assay_base::Digest;
use assay_ports::Stored;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{self, BlobPath, Params, Who};
use crate::problem::Fault;

/// A blob that is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredBlob {
    /// Its digest.
    #[schema(value_type = String)]
    digest: Digest,
    /// Its size in bytes.
    size: u64,
}

/// Takes evidence in, hashing it on the way. Bytes that are not the digest leave nothing behind.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org}/blobs/{digest}",
    request_body(description = "The bytes.", content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "It is stored.", body = StoredBlob),
        (status = 200, description = "It was stored before.", body = StoredBlob),
    )
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<BlobPath>,
    body: Body,
) -> Result<(StatusCode, Json<StoredBlob>), Fault> {
    let stored = blobs::put(&app, &caller, path.digest, extract::stream(body)).await?;
    let status = match stored {
        Stored::New(_) => StatusCode::CREATED,
        Stored::Known(_) => StatusCode::OK,
    };
    Ok((status, Json(StoredBlob { digest: path.digest, size: stored.size() })))
}
