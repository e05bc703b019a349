use std::io;
use std::pin::Pin;

use assay_base::{Digest, Hasher, OrgId, Timestamp};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

/// Bytes that come piece by piece.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A content-addressed store of one organization's evidence at a time: an organization can neither read nor notice what
/// another one keeps. Memory use does not depend on the size of a blob.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Takes `body` in, hashing it on the way. Acknowledged means durable; when the bytes are not `digest`, nothing stays.
    /// A blob that is here and damaged is whole again afterwards.
    ///
    /// # Errors
    /// [`BlobError::Digest`] for other bytes, [`BlobError::Io`] when the stream or the store fails.
    async fn put(&self, org: OrgId, digest: Digest, body: ByteStream) -> Result<Stored, BlobError>;

    /// The blob, or nothing. The stream is hashed again on the way out and ends with an error when the bytes are damaged.
    ///
    /// # Errors
    /// [`BlobError::Io`] when the store fails.
    async fn get(&self, org: OrgId, digest: Digest) -> Result<Option<BlobReader>, BlobError>;

    /// The size of the blob in bytes, or nothing; what is there counts as put now, so that nobody removes it while its run is
    /// being stored.
    ///
    /// # Errors
    /// [`BlobError::Io`] when the store fails.
    async fn keep(&self, org: OrgId, digest: Digest) -> Result<Option<u64>, BlobError>;

    /// The blobs that nobody has put since `before`, in no order.
    ///
    /// # Errors
    /// [`BlobError::Io`] when the store fails.
    async fn older_than(&self, before: Timestamp) -> Result<Vec<OldBlob>, BlobError>;

    /// Removes a blob, unless somebody has put it since `before`. Absent is fine.
    ///
    /// # Errors
    /// [`BlobError::Io`] when the store fails.
    async fn remove(&self, blob: OldBlob, before: Timestamp) -> Result<(), BlobError>;
}

/// What putting a blob did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new here, with this many bytes.
    New(u64),
    /// It was here already, with this many bytes.
    Known(u64),
}

impl Stored {
    /// The size in bytes.
    pub const fn size(self) -> u64 {
        match self {
            Self::New(size) | Self::Known(size) => size,
        }
    }
}

/// A blob that is being read.
pub struct BlobReader {
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes; the last item is an error when they are not what the digest says.
    pub body: ByteStream,
}

impl std::fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A blob that may be forgotten when no run refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldBlob {
    /// Whose it is.
    pub org: OrgId,
    /// Its address.
    pub digest: Digest,
}

/// Why a blob store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The bytes have another digest than they were announced with.
    #[error("the bytes have the digest {actual}, not {expected}")]
    Digest {
        /// As announced.
        expected: Digest,
        /// As they are.
        actual: Digest,
    },
    /// More bytes than the caller is ready to hold.
    #[error("the blob has more than {limit} bytes")]
    Size {
        /// How many the caller takes.
        limit: usize,
    },
    /// The stream or the disk failed.
    #[error("the blob store failed")]
    Io(#[from] io::Error),
}

/// Reads a whole blob into memory and checks its digest before anything is returned.
///
/// # Errors
/// [`BlobError::Size`] for more than `limit` bytes, [`BlobError::Digest`] for damaged ones, [`BlobError::Io`].
pub async fn collect(reader: BlobReader, expected: Digest, limit: usize) -> Result<Bytes, BlobError> {
    let mut body = reader.body;
    let mut hasher = Hasher::new();
    let mut out = BytesMut::with_capacity(usize::try_from(reader.size).unwrap_or(limit).min(limit));
    while let Some(piece) = body.next().await {
        let piece = piece?;
        if out.len() + piece.len() > limit {
            return Err(BlobError::Size { limit });
        }
        hasher.update(&piece);
        out.extend_from_slice(&piece);
    }
    match hasher.finish() {
        (actual, _) if actual == expected => Ok(out.freeze()),
        (actual, _) => Err(BlobError::Digest { expected, actual }),
    }
}
