use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use assay_base::{Digest, Hasher, OrgId};
use assay_ports::{BlobError, ByteStream, Stored};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::local::{Inner, blocking};
use crate::paths::{is_absent, make_folder, sync_folder};

/// How many bytes are hashed and written at a time. Two such pieces are in memory: one that is filled, one that is written.
const PIECE: usize = 256 * 1024;

/// Takes a blob in: see [`assay_ports::BlobStore::put`].
///
/// Bytes of a blob that is here already are hashed too, and not kept: who puts a blob has to have it.
pub(crate) async fn put(store: &Arc<Inner>, org: OrgId, digest: Digest, body: ByteStream) -> Result<Stored, BlobError> {
    let (inner, path) = (Arc::clone(store), store.paths.blob(org, digest));
    let sink = blocking(move || Sink::open(&inner, org, &path)).await?;
    let sink = drain(sink, body).await?;
    let inner = Arc::clone(store);
    tokio::task::spawn_blocking(move || finish(&inner, sink, org, digest)).await.map_err(io::Error::other)?
}

/// Where the bytes go on their way: through the hash, and into an unfinished file unless the blob is known.
struct Sink {
    hasher: Hasher,
    unfinished: Option<Unfinished>,
}

impl Sink {
    fn open(store: &Inner, org: OrgId, path: &Path) -> io::Result<Self> {
        // The new date, before the bytes are here, keeps the blob from being removed while they come.
        let known = {
            let _names = store.lock_names();
            renew(path)?
        };
        let unfinished = if known { None } else { Some(Unfinished::create(store.paths.unfinished(org)?)?) };
        Ok(Self { hasher: Hasher::new(), unfinished })
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.unfinished.as_mut().map_or(Ok(()), |unfinished| unfinished.file.write_all(bytes))
    }
}

/// A file that is removed unless it becomes a blob.
struct Unfinished {
    file: File,
    path: PathBuf,
    renamed: bool,
}

impl Unfinished {
    fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { file, path, renamed: false })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.renamed {
            // What cannot be removed now is removed when the store is opened the next time.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Moves the stream into the sink, a piece at a time. While one piece is hashed and written the next one is gathered; no
/// thread is held while the sender is slow.
async fn drain(sink: Sink, mut body: ByteStream) -> io::Result<Sink> {
    let mut piece = BytesMut::with_capacity(PIECE);
    let mut writing = tokio::spawn(async { Ok(sink) });
    while let Some(bytes) = body.next().await {
        let mut bytes = bytes?;
        while !bytes.is_empty() {
            let fits = bytes.len().min(PIECE - piece.len());
            piece.extend_from_slice(&bytes.split_to(fits));
            if piece.len() == PIECE {
                writing = write_behind(writing, &mut piece).await?;
            }
        }
    }
    write_behind(writing, &mut piece).await?.await.map_err(io::Error::other)?
}

type Writing = tokio::task::JoinHandle<io::Result<Sink>>;

/// Waits for the piece before, and begins with this one.
async fn write_behind(before: Writing, piece: &mut BytesMut) -> io::Result<Writing> {
    let mut sink = before.await.map_err(io::Error::other)??;
    let bytes: Bytes = std::mem::replace(piece, BytesMut::with_capacity(PIECE)).freeze();
    Ok(tokio::task::spawn_blocking(move || sink.take(&bytes).map(|()| sink)))
}

fn finish(store: &Inner, sink: Sink, org: OrgId, expected: Digest) -> Result<Stored, BlobError> {
    let (actual, size) = sink.hasher.finish();
    if actual != expected {
        return Err(BlobError::Digest { expected, actual });
    }
    let path = store.paths.blob(org, expected);
    match sink.unfinished {
        None => confirm(store, &path, size),
        Some(unfinished) => keep(store, unfinished, &path, size),
    }
}

/// Answers for a blob that was here when its bytes began to come.
fn confirm(store: &Inner, path: &Path, size: u64) -> Result<Stored, BlobError> {
    let known = {
        let _names = store.lock_names();
        renew(path)?
    };
    if !known {
        // It was removed meanwhile, and the bytes went by: the sender has to begin again.
        return Err(io::Error::new(io::ErrorKind::Interrupted, "the blob was removed while it was put again").into());
    }
    // Whoever gave it its name may not have come to this yet.
    sync_folder(folder(path))?;
    Ok(Stored::Known(size))
}

/// Gives the file its name. First the bytes reach the disk, then the name does: a name never stands for less.
fn keep(store: &Inner, mut unfinished: Unfinished, path: &Path, size: u64) -> Result<Stored, BlobError> {
    unfinished.file.sync_all()?;
    make_folder(folder(path))?;
    let known = {
        let _names = store.lock_names();
        let known = renew(path)?;
        if !known {
            unfinished.file.set_modified(SystemTime::now())?;
            fs::rename(&unfinished.path, path)?;
            unfinished.renamed = true;
        }
        known
    };
    sync_folder(folder(path))?;
    Ok(if known { Stored::Known(size) } else { Stored::New(size) })
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Gives a blob the present date; false when there is none.
pub(crate) fn renew(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Err(error) if is_absent(&error) => Ok(false),
        file => file?.set_modified(SystemTime::now()).map(|()| true),
    }
}
