use std::io::Write;
use std::path::{Path, PathBuf};

use assay_base::{Digest, Hasher};
use assay_wire::Exit;
use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::{Body, Method};
use tokio_util::io::ReaderStream;

use super::Client;
use super::request::Answer;
use crate::error::CliError;
use crate::files::{Pending, open_regular};
use crate::ui::Progress;

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// What is uploaded.
#[derive(Debug, Clone)]
pub(crate) enum BlobSource {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file, which is streamed.
    File(PathBuf),
}

/// Where a download goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Standard output, while it comes in.
    Stdout,
    /// A file, which is there only when its bytes are right; a device or a pipe is written into then.
    File(PathBuf),
}

impl Client {
    /// Uploads a blob; the server refuses bytes that do not have this digest.
    ///
    /// # Errors
    /// [`CliError`] when the file cannot be read, or the server says no.
    pub(crate) fn put_blob(&self, digest: Digest, source: &BlobSource) -> Result<(), CliError> {
        let url = self.org_url(&["blobs", &digest.to_string()])?;
        let size = source.size()?;
        let bar = self.ui.progress("uploading", size);
        // The file is opened for each attempt; that it can be opened at all is found out before.
        let open = || source.body(size, bar.clone());
        drop(open()?);
        let request = || {
            let base = self.request(Method::PUT, &url).header("content-type", "application/octet-stream");
            match open() {
                Ok(body) => base.header("content-length", size).body(body),
                Err(_) => base.body(Bytes::new()),
            }
        };
        self.block(async { self.send(request).await?.whole().await.map(drop) })
    }

    /// Whether the server has a blob. A server that may not say counts as one that has it not.
    ///
    /// # Errors
    /// [`CliError`] when the server cannot be asked.
    pub(crate) fn has_blob(&self, digest: Digest) -> Result<bool, CliError> {
        let url = self.org_url(&["blobs", &digest.to_string()])?;
        match self.block(async { self.send(|| self.request(Method::HEAD, &url)).await }) {
            Ok(answer) => Ok(answer.status() == 200),
            Err(error) if error.exit() == Exit::Forbidden => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Downloads a blob, and gives its size.
    ///
    /// # Errors
    /// [`CliError`] with exit 5 when the bytes do not have the digest, or are fewer than announced. A file is then not
    /// touched.
    pub(crate) fn download_blob(&self, digest: Digest, target: &Target) -> Result<u64, CliError> {
        let url = self.org_url(&["blobs", &digest.to_string()])?;
        self.block(async {
            let request = || self.request(Method::GET, &url).header("accept", "application/octet-stream");
            let answer = self.send(request).await?;
            let bar = self.ui.progress("downloading", answer.0.content_length().unwrap_or(0));
            match target {
                Target::Stdout => receive(answer, digest, &mut std::io::stdout().lock(), &bar).await,
                Target::File(path) => receive_file(answer, digest, path, &bar).await,
            }
        })
    }
}

impl BlobSource {
    fn size(&self) -> Result<u64, CliError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => {
                std::fs::metadata(path).map(|meta| meta.len()).map_err(|error| CliError::file("read", path, error))
            }
        }
    }

    /// The body: exactly `size` bytes of the file, though it may grow meanwhile.
    fn body(&self, size: u64, bar: Progress) -> Result<Body, CliError> {
        use tokio::io::AsyncReadExt as _;
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone().into()),
            Self::File(path) => {
                let file = open_regular(path).map_err(|error| CliError::file("read", path, error))?;
                let reader = tokio::fs::File::from_std(file).take(size);
                let stream = ReaderStream::with_capacity(reader, CHUNK)
                    .inspect(move |part| bar.advance(part.as_ref().map_or(0, |bytes| bytes.len() as u64)));
                Ok(Body::wrap_stream(stream))
            }
        }
    }
}

/// Writes beside the target, which is touched when everything is right.
async fn receive_file(answer: Answer, digest: Digest, path: &Path, bar: &Progress) -> Result<u64, CliError> {
    let failed = |error| CliError::file("write", path, error);
    let mut pending = Pending::new(path).map_err(failed)?;
    let size = receive(answer, digest, pending.file(), bar).await?;
    pending.finish().map_err(failed)?;
    Ok(size)
}

async fn receive(
    mut answer: Answer,
    digest: Digest,
    out: &mut (impl Write + ?Sized),
    bar: &Progress,
) -> Result<u64, CliError> {
    let mut hasher = Hasher::new();
    while let Some(part) = answer.0.chunk().await.map_err(|error| damaged(digest, error))? {
        hasher.update(&part);
        bar.advance(part.len() as u64);
        out.write_all(&part).map_err(unwritable)?;
    }
    out.flush().map_err(unwritable)?;
    match hasher.finish() {
        (found, size) if found == digest => Ok(size),
        (found, _) => Err(CliError::new(
            Exit::Unverified,
            "digest-mismatch",
            format!("what came is not `{digest}` but `{found}`: nothing was kept"),
        )),
    }
}

/// A server that finds a blob damaged on the way out cuts it short.
fn damaged(digest: Digest, error: reqwest::Error) -> CliError {
    CliError::new(Exit::Unverified, "digest-mismatch", format!("`{digest}` was cut short: nothing was kept"))
        .hint("the blob may be damaged on the server, or the connection broke: try again")
        .because(error.without_url())
}

fn unwritable(error: std::io::Error) -> CliError {
    CliError::new(Exit::Unexpected, "output", "cannot write what came").because(error)
}
