//! Evidence by digest.

use assay_base::Digest;
use assay_model::Caller;
use assay_ports::{BlobError, BlobReader, ByteStream, Stored};
use futures_util::StreamExt;

use crate::{App, AppError};

/// Takes a blob in.
///
/// # Errors
/// [`AppError::Blob`] when the bytes are not that digest, or the store fails.
pub async fn put(app: &App, caller: &Caller, digest: Digest, body: ByteStream) -> Result<Stored, AppError> {
    let stored = app.blobs.put(caller.org, digest, body).await?;
    if let Some(project) = &caller.project {
        app.repositories.note_upload(caller.org, project, digest, app.now()).await?;
    }
    Ok(stored)
}

/// Hands a blob out; a caller of one project gets what that project has.
///
/// # Errors
/// [`AppError::NotFound`] when it is not there, [`AppError::Damaged`] when its bytes are not its digest's any more.
pub async fn get(app: &App, caller: &Caller, digest: Digest) -> Result<BlobReader, AppError> {
    let absent = || AppError::NotFound { what: "blob" };
    if let Some(project) = &caller.project
        && !app.repositories.project_has(caller.org, project, digest).await?
    {
        return Err(absent());
    }
    let blob = app.blobs.get(caller.org, digest).await?.ok_or_else(absent)?;
    begun(blob, digest).await
}

/// The blob with its first piece read: what is damaged from the start is told as an error and not as an answer that
/// breaks off before it began.
async fn begun(blob: BlobReader, digest: Digest) -> Result<BlobReader, AppError> {
    let BlobReader { size, mut body } = blob;
    let first = match body.next().await {
        Some(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err(AppError::Damaged { digest });
        }
        Some(Err(error)) => return Err(BlobError::Io(error).into()),
        Some(Ok(first)) => Some(Ok(first)),
        None => None,
    };
    Ok(BlobReader { size, body: Box::pin(futures_util::stream::iter(first).chain(body)) })
}
