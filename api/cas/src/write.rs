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

use crate::known::Known;
use crate::local::{Inner, blocking};
use crate::paths::{is_absent, make_folder, sync_folder};

/// How many bytes are hashed and written at a time. Two such pieces are in memory: one that is filled, one that is written.
const PIECE: usize = 256 * 1024;

/// Takes a blob in: see [`assay_ports::BlobStore::put`].
///
/// Bytes of a blob that is here already are hashed too: who puts a blob has to have it. They are not kept, unless what is
/// here is damaged; then they take its place.
pub(crate) async fn put(store: &Arc<Inner>, org: OrgId, digest: Digest, body: ByteStream) -> Result<Stored, BlobError> {
    let inner = Arc::clone(store);
    let sink = blocking(move || Sink::open(inner, org, digest)).await?;
    let sink = drain(sink, body).await?;
    tokio::task::spawn_blocking(move || finish(sink, digest)).await.map_err(io::Error::other)?
}

/// Where the bytes go on their way: through the hash, and to what becomes of them.
struct Sink {
    store: Arc<Inner>,
    org: OrgId,
    path: PathBuf,
    hasher: Hasher,
    goal: Goal,
}

/// What becomes of the bytes.
enum Goal {
    /// A blob that was not here.
    New(Unfinished),
    /// Nothing, as long as they are those of the blob that is here.
    Known(Known),
    /// The blob in place of what is here under its name, which is not its bytes.
    Mended(Unfinished),
}

impl Sink {
    fn open(store: Arc<Inner>, org: OrgId, digest: Digest) -> io::Result<Self> {
        let path = store.paths.blob(org, digest);
        // The new date, before the bytes are here, keeps the blob from being removed while they come.
        let known = {
            let _names = store.lock_names();
            renew(&path)?;
            Known::open(&path)?
        };
        let goal = match known {
            Some(known) => Goal::Known(known),
            None => Goal::New(Unfinished::create(store.paths.unfinished(org)?)?),
        };
        Ok(Self { store, org, path, hasher: Hasher::new(), goal })
    }

    fn take(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.hasher.update(bytes);
        self.goal = match self.goal {
            Goal::Known(mut known) => {
                if known.goes_on_with(bytes)? {
                    Goal::Known(known)
                } else {
                    Goal::Mended(begun_anew(&self.store, self.org, known)?.with(bytes)?)
                }
            }
            Goal::New(unfinished) => Goal::New(unfinished.with(bytes)?),
            Goal::Mended(unfinished) => Goal::Mended(unfinished.with(bytes)?),
        };
        Ok(self)
    }
}

/// A file with the bytes that were right in the one that is here.
fn begun_anew(store: &Inner, org: OrgId, known: Known) -> io::Result<Unfinished> {
    let mut unfinished = Unfinished::create(store.paths.unfinished(org)?)?;
    known.copy_into(&mut unfinished.file)?;
    Ok(unfinished)
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

    fn with(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.file.write_all(bytes)?;
        Ok(self)
    }

    /// Takes the name of a blob; the caller holds the names.
    fn become_blob(mut self, path: &Path) -> io::Result<()> {
        self.file.set_modified(SystemTime::now())?;
        fs::rename(&self.path, path)?;
        self.renamed = true;
        Ok(())
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
    let sink = before.await.map_err(io::Error::other)??;
    let bytes: Bytes = std::mem::replace(piece, BytesMut::with_capacity(PIECE)).freeze();
    Ok(tokio::task::spawn_blocking(move || sink.take(&bytes)))
}

fn finish(sink: Sink, expected: Digest) -> Result<Stored, BlobError> {
    let Sink { store, org, path, hasher, goal } = sink;
    let (actual, size) = hasher.finish();
    if actual != expected {
        return Err(BlobError::Digest { expected, actual });
    }
    match goal {
        Goal::New(unfinished) => keep(&store, unfinished, &path, size),
        Goal::Known(known) if known.is_whole()? => confirm(&store, &path, size),
        Goal::Known(known) => mend(&store, begun_anew(&store, org, known)?, &path, size),
        Goal::Mended(unfinished) => mend(&store, unfinished, &path, size),
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
fn keep(store: &Inner, unfinished: Unfinished, path: &Path, size: u64) -> Result<Stored, BlobError> {
    unfinished.file.sync_all()?;
    make_folder(folder(path))?;
    let known = {
        let _names = store.lock_names();
        let known = renew(path)?;
        if !known {
            unfinished.become_blob(path)?;
        }
        known
    };
    sync_folder(folder(path))?;
    Ok(if known { Stored::Known(size) } else { Stored::New(size) })
}

/// Gives the file the name that something else has. Who reads the other one goes on reading it.
fn mend(store: &Inner, unfinished: Unfinished, path: &Path, size: u64) -> Result<Stored, BlobError> {
    unfinished.file.sync_all()?;
    {
        let _names = store.lock_names();
        unfinished.become_blob(path)?;
    }
    sync_folder(folder(path))?;
    Ok(Stored::Known(size))
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
