use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assay_base::{Digest, OrgId, Timestamp};
use assay_ports::{BlobError, BlobReader, BlobStore, ByteStream, OldBlob, Stored};
use async_trait::async_trait;

use crate::paths::{Paths, is_absent};
use crate::{read, write};

/// A blob store on the local disk, owned by one process.
#[derive(Debug, Clone)]
pub struct LocalStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) paths: Paths,
    /// Held while a blob gets its name or its new date, and while it is removed. What looks old to a removal is still old
    /// when its file goes, and what a put has found is still there when it is answered. Never held while bytes move.
    names: Mutex<()>,
}

impl Inner {
    pub(crate) fn lock_names(&self) -> MutexGuard<'_, ()> {
        // The lock guards no data, so a panic leaves nothing half done behind.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalStore {
    /// Opens the store, makes its folder (for the owner only) when there is none, and removes unfinished files.
    /// `root` must belong to this process alone.
    ///
    /// # Errors
    /// [`BlobError::Io`] when the folder cannot be made or read.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let inner = Inner { paths: Paths::open(root)?, names: Mutex::new(()) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Does blocking work on a thread that may block.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> Result<T, BlobError> {
        let inner = Arc::clone(&self.inner);
        Ok(blocking(move || work(&inner)).await?)
    }
}

#[async_trait]
impl BlobStore for LocalStore {
    async fn put(&self, org: OrgId, digest: Digest, body: ByteStream) -> Result<Stored, BlobError> {
        write::put(&self.inner, org, digest, body).await
    }

    async fn get(&self, org: OrgId, digest: Digest) -> Result<Option<BlobReader>, BlobError> {
        let opened =
            self.on_disk(move |store| opt(File::open(store.paths.blob(org, digest)).and_then(with_size))).await?;
        Ok(opened.map(|(file, size)| BlobReader { size, body: read::stream(file, digest) }))
    }

    async fn keep(&self, org: OrgId, digest: Digest) -> Result<Option<u64>, BlobError> {
        self.on_disk(move |store| {
            let path = store.paths.blob(org, digest);
            let _names = store.lock_names();
            if !write::renew(&path)? {
                return Ok(None);
            }
            Ok(opt(fs::metadata(path))?.map(|m| m.len()))
        })
        .await
    }

    async fn older_than(&self, before: Timestamp) -> Result<Vec<OldBlob>, BlobError> {
        self.on_disk(move |store| {
            let mut old = Vec::new();
            for blob in store.paths.blobs()? {
                let (blob, path) = blob?;
                // It may have been removed since it was listed.
                if opt(fs::metadata(path))?.is_some_and(|m| is_old(&m, before)) {
                    old.push(blob);
                }
            }
            Ok(old)
        })
        .await
    }

    async fn remove(&self, blob: OldBlob, before: Timestamp) -> Result<(), BlobError> {
        self.on_disk(move |store| {
            let path = store.paths.blob(blob.org, blob.digest);
            let _names = store.lock_names();
            match opt(fs::metadata(&path))? {
                Some(metadata) if is_old(&metadata, before) => fs::remove_file(path),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// Runs `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn with_size(file: File) -> io::Result<(File, u64)> {
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// `None` for what is not there.
fn opt<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if is_absent(&error) => Ok(None),
        result => result.map(Some),
    }
}

fn is_old(metadata: &fs::Metadata, before: Timestamp) -> bool {
    let before = match u64::try_from(before.micros()) {
        Ok(micros) => UNIX_EPOCH + Duration::from_micros(micros),
        Err(_) => return false,
    };
    // A file system without dates never says that a blob is old.
    metadata.modified().unwrap_or(SystemTime::now()) < before
}
