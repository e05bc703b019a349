use std::sync::{Arc, OnceLock};

use assay_base::Digest;
use assay_ports::{BlobError, ByteStream, Evidence, EvidenceSource};
use assay_sandbox::Hosted;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::json;
use wasmtime::component::Resource;

use crate::bindings::assay::integration::blob::{Host, HostBlob};
use crate::call::{Call, wait};

/// Most bytes that one reading gives.
const READ_BYTES: usize = 1 << 20;

/// What a handle of a guest stands for: evidence in the store, or the body of an answer.
#[expect(unreachable_pub, reason = "the generated code exports it within the crate")]
pub struct Blob {
    content: Content,
    reading: Option<Reading>,
}

enum Content {
    Evidence(Evidence),
    Answer {
        media_type: Option<String>,
        body: Bytes,
        /// Of the body; made when it is asked for first.
        digest: OnceLock<Digest>,
    },
}

/// How far a guest has read: what was fetched and not read yet, and where the rest comes from.
struct Reading {
    rest: Bytes,
    more: More,
}

enum More {
    Unopened(Arc<dyn EvidenceSource>),
    Stream(ByteStream),
    Nothing,
}

impl Blob {
    pub(crate) const fn evidence(evidence: Evidence) -> Self {
        Self { content: Content::Evidence(evidence), reading: None }
    }

    pub(crate) const fn answer(media_type: Option<String>, body: Bytes) -> Self {
        Self { content: Content::Answer { media_type, body, digest: OnceLock::new() }, reading: None }
    }

    /// The bytes of an answer, which are at hand.
    pub(crate) const fn at_hand(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Evidence(_) => None,
            Content::Answer { body, .. } => Some(body),
        }
    }

    /// The same bytes as evidence, to be sent.
    pub(crate) fn as_evidence(&self) -> Evidence {
        match &self.content {
            Content::Evidence(evidence) => evidence.clone(),
            Content::Answer { body, digest, .. } => Evidence {
                metadata: self.metadata(),
                size: body.len() as u64,
                digest: *digest.get_or_init(|| Digest::of(body)),
                source: Arc::new(AtHand(body.clone())),
            },
        }
    }

    fn metadata(&self) -> serde_json::Value {
        match &self.content {
            Content::Evidence(evidence) => evidence.metadata.clone(),
            Content::Answer { media_type, body, digest } => json!({
                "name": "response", "kind": "RESPONSE", "digest": digest.get_or_init(|| Digest::of(body)).to_string(), "size": body.len(),
                "media_type": media_type, "annotations": {},
            }),
        }
    }
}

impl Content {
    fn reading(&self) -> Reading {
        match self {
            Self::Evidence(evidence) => {
                Reading { rest: Bytes::new(), more: More::Unopened(Arc::clone(&evidence.source)) }
            }
            Self::Answer { body, .. } => Reading { rest: body.clone(), more: More::Nothing },
        }
    }
}

impl Reading {
    /// Fetches the next bytes; there are none at the end. After an error there is nothing more.
    async fn fetch(mut self) -> (Self, Result<(), String>) {
        let fetched = self.next().await;
        match fetched {
            Ok(bytes) => (Self { rest: bytes, more: self.more }, Ok(())),
            Err(reason) => (Self { rest: Bytes::new(), more: More::Nothing }, Err(reason)),
        }
    }

    async fn next(&mut self) -> Result<Bytes, String> {
        if let More::Unopened(source) = &self.more {
            self.more = More::Stream(source.open().await.map_err(|error| error.to_string())?);
        }
        let More::Stream(stream) = &mut self.more else { return Ok(Bytes::new()) };
        loop {
            match stream.next().await {
                Some(Ok(bytes)) if bytes.is_empty() => {}
                Some(Ok(bytes)) => return Ok(bytes),
                Some(Err(error)) => return Err(error.to_string()),
                None => return Ok(Bytes::new()),
            }
        }
    }
}

/// Bytes that need no store.
struct AtHand(Bytes);

#[async_trait]
impl EvidenceSource for AtHand {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let bytes = self.0.clone();
        Ok(Box::pin(stream::once(async move { Ok(bytes) })))
    }
}

impl Host for Hosted<Call> {}

impl HostBlob for Hosted<Call> {
    fn metadata(&mut self, blob: Resource<Blob>) -> wasmtime::Result<String> {
        Ok(self.host().table.get(&blob)?.metadata().to_string())
    }

    fn read(&mut self, blob: Resource<Blob>, max: u32) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let max = usize::try_from(max)?.min(READ_BYTES);
        let entry = self.host_mut().table.get_mut(&blob)?;
        let mut reading = entry.reading.take().unwrap_or_else(|| entry.content.reading());
        let fetched = if reading.rest.is_empty() {
            let (back, fetched) = wait(self, reading.fetch())?;
            reading = back;
            fetched
        } else {
            Ok(())
        };
        let bytes = reading.rest.split_to(max.min(reading.rest.len()));
        self.host_mut().table.get_mut(&blob)?.reading = Some(reading);
        Ok(fetched.map(|()| bytes.to_vec()))
    }

    fn rewind(&mut self, blob: Resource<Blob>) -> wasmtime::Result<()> {
        self.host_mut().table.get_mut(&blob)?.reading = None;
        Ok(())
    }

    fn drop(&mut self, blob: Resource<Blob>) -> wasmtime::Result<()> {
        Ok(self.host_mut().release(blob)?)
    }
}
