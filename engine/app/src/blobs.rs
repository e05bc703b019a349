//! Evidence by digest.

use assay_base::Digest;
use assay_model::Caller;
use assay_ports::{BlobReader, ByteStream, Stored};

use crate::{App, AppError};

/// Takes a blob in.
///
/// # Errors
/// [`AppError::Blob`] when the bytes are not that digest, or the store fails.
pub async fn put(app: &App, caller: &Caller, digest: Digest, body: ByteStream) -> Result<Stored, AppError> {
    Ok(app.blobs.put(caller.org, digest, body).await?)
}

/// Hands a blob out; a caller of one project gets what a run of that project refers to.
///
/// # Errors
/// [`AppError::NotFound`] when it is not there.
pub async fn get(app: &App, caller: &Caller, digest: Digest) -> Result<BlobReader, AppError> {
    let absent = || AppError::NotFound { what: "blob" };
    if let Some(project) = &caller.project
        && !app.repositories.project_refers_to(caller.org, project, digest).await?
    {
        return Err(absent());
    }
    app.blobs.get(caller.org, digest).await?.ok_or_else(absent)
}
