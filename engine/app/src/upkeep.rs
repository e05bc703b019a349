//! What a server does by itself: judging what is owed, forgetting blobs that nobody refers to.

use std::time::Duration;

use assay_ports::OldBlob;

use crate::{App, AppError, push};

/// How many jobs are taken at once.
const BATCH: u32 = 8;

/// Ends the leases that a server before this one held: for the start of the only process on its data.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn recover(app: &App) -> Result<(), AppError> {
    app.repositories.release_all().await?;
    Ok(app.repositories.release_deliveries().await?)
}

/// Judges what is owed and not leased; the answer is how many runs that were. A job that fails is left to its lease.
///
/// # Errors
/// [`AppError::Repository`] when jobs cannot be claimed.
pub async fn judge_owed(app: &App) -> Result<usize, AppError> {
    let jobs = app.repositories.claim(app.now(), push::LEASE, BATCH).await?;
    let count = jobs.len();
    for job in jobs {
        if let Err(error) = push::evaluate(app, job).await {
            tracing::error!(run = %job.run, error = &error as &dyn std::error::Error, "a run could not be judged");
        }
    }
    Ok(count)
}

/// Removes blobs that no run refers to and that nobody has put for a while; the answer is how many.
///
/// # Errors
/// [`AppError::Blob`] and [`AppError::Repository`].
pub async fn sweep(app: &App) -> Result<usize, AppError> {
    let before = app.now().before(app.settings.blob_ttl);
    let mut removed = 0;
    for blob in app.blobs.older_than(before).await? {
        let OldBlob { org, digest } = blob;
        if !app.repositories.refers_to(org, digest).await? {
            app.blobs.remove(blob, before).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// How often [`sweep`] is worth calling.
pub const SWEEP_EVERY: Duration = Duration::from_hours(1);
