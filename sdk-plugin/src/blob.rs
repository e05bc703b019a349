use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Error, host};

/// Bytes that the host holds: evidence, or the body of an answer. Read them piece by piece, or send them without reading.
pub struct Blob(pub(crate) host::Blob);

/// The most that one reading answers, in bytes.
const PIECE: u32 = 1 << 20;

impl Blob {
    /// The next bytes: at most `max`, at most 1 MiB, none at the end.
    ///
    /// # Errors
    /// [`Error::Retryable`] when the host cannot read them now.
    pub fn read(&self, max: u32) -> Result<Vec<u8>, Error> {
        self.0.read(max).map_err(|message| Error::retryable("blob-read", message))
    }

    /// Back to the beginning.
    pub fn rewind(&self) {
        self.0.rewind();
    }

    /// Everything from here on, if it is at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::Permanent`] when it is more, [`Error::Retryable`] when the host cannot read them now.
    pub fn read_all(&self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut all = vec![];
        loop {
            let piece = self.read(PIECE)?;
            if piece.is_empty() {
                return Ok(all);
            }
            if all.len() + piece.len() > limit {
                return Err(Error::permanent("blob-too-large", format!("more than the {limit} bytes that are read")));
            }
            if all.is_empty() {
                all = piece;
            } else {
                all.extend_from_slice(&piece);
            }
        }
    }

    /// The same as text.
    ///
    /// # Errors
    /// As [`Self::read_all`], and [`Error::Permanent`] when it is not UTF-8.
    pub fn read_text(&self, limit: usize) -> Result<String, Error> {
        String::from_utf8(self.read_all(limit)?)
            .map_err(|_| Error::permanent("blob-not-text", "the bytes are not UTF-8 text"))
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blob")
    }
}

/// A piece of evidence.
#[derive(Debug)]
pub struct Evidence {
    /// What is known about it.
    pub metadata: Metadata,
    /// Its bytes.
    pub blob: Blob,
}

/// What is known about a piece of evidence.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    /// The material's name in the contract.
    #[serde(default)]
    pub name: String,
    /// Its kind, for example `SBOM_CYCLONEDX_JSON`; `ATTESTATION` for the bundle.
    #[serde(default)]
    pub kind: String,
    /// `sha256:…`.
    #[serde(default)]
    pub digest: String,
    /// In bytes.
    #[serde(default)]
    pub size: u64,
    /// For example `application/json`.
    #[serde(default)]
    pub media_type: String,
    /// The annotations of the material.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// The digest's hexadecimal digits, without the name of the algorithm.
    pub fn hex(&self) -> &str {
        self.digest.split_once(':').map_or(&self.digest, |(_, hex)| hex)
    }
}

impl Evidence {
    pub(crate) fn of(blob: host::Blob) -> Result<Self, Error> {
        let metadata = serde_json::from_str(&blob.metadata())
            .map_err(|error| Error::permanent("host-document", format!("the description of a blob: {error}")))?;
        Ok(Self { metadata, blob: Blob(blob) })
    }
}
