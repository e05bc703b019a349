//! Bodies, piece by piece: never more of them in memory than a chunk.

mod encode;

use assay_base::Digest;
use assay_ports::{BodyPiece, ByteStream, Encoding, Evidence};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use crate::error::Cause;
use encode::Encoder;

/// Most bytes that are encoded at once.
const CHUNK: usize = 64 * 1024;

/// The body of a request. It can be read again and again, as the evidence in it can.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    pieces: Vec<BodyPiece>,
    measured: Option<u64>,
}

impl Content {
    pub(crate) const fn new(pieces: Vec<BodyPiece>) -> Self {
        Self { pieces, measured: None }
    }

    pub(crate) fn of(bytes: impl Into<Bytes>) -> Self {
        Self::new(vec![BodyPiece::Bytes(bytes.into())])
    }

    /// The number of bytes, where it is known before they are sent: compressed evidence must have been read once.
    pub(crate) fn length(&self) -> Option<u64> {
        let lengths = self.pieces.iter().map(|piece| match piece {
            BodyPiece::Bytes(bytes) => Some(bytes.len() as u64),
            BodyPiece::Evidence(evidence, encoding) => encoded_length(evidence.size, *encoding),
        });
        self.measured.or_else(|| lengths.reduce(|a, b| a?.checked_add(b?)).unwrap_or(Some(0)))
    }

    /// The SHA-256 of all bytes, where nothing needs to be read for it.
    pub(crate) fn known_digest(&self) -> Option<Digest> {
        match self.pieces.as_slice() {
            [] => Some(Digest::of(b"")),
            [BodyPiece::Bytes(bytes)] => Some(Digest::of(bytes)),
            [BodyPiece::Evidence(evidence, Encoding::Identity)] => Some(evidence.digest),
            _ => None,
        }
    }

    /// The bytes, from the beginning.
    pub(crate) fn stream(&self) -> BoxStream<'static, Result<Bytes, Cause>> {
        stream::iter(self.pieces.clone()).flat_map(piece).boxed()
    }

    /// Reads all bytes for what must know them before they are sent, as a signature; afterwards the length is known.
    pub(crate) async fn read(&mut self, mut each: impl FnMut(&[u8])) -> Result<(), Cause> {
        let (mut body, mut length) = (self.stream(), 0);
        while let Some(bytes) = body.try_next().await? {
            length += bytes.len() as u64;
            each(&bytes);
            // What lies in memory never makes a reader wait; without this, no timeout would be looked at.
            tokio::task::coop::consume_budget().await;
        }
        self.measured = Some(length);
        Ok(())
    }
}

fn encoded_length(size: u64, encoding: Encoding) -> Option<u64> {
    match encoding {
        Encoding::Identity => Some(size),
        Encoding::Base64 => size.div_ceil(3).checked_mul(4),
        Encoding::Gzip => None,
    }
}

fn piece(piece: BodyPiece) -> BoxStream<'static, Result<Bytes, Cause>> {
    match piece {
        BodyPiece::Bytes(bytes) => stream::once(std::future::ready(Ok(bytes))).boxed(),
        BodyPiece::Evidence(evidence, encoding) => {
            let reader = Reader::new(evidence, encoding);
            stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader))).boxed()
        }
    }
}

/// Evidence on its way into a body.
struct Reader {
    evidence: Evidence,
    source: Option<ByteStream>,
    encoder: Option<Encoder>,
    pending: Bytes,
    left: u64,
}

impl Reader {
    fn new(evidence: Evidence, encoding: Encoding) -> Self {
        let (left, encoder) = (evidence.size, Some(Encoder::new(encoding)));
        Self { evidence, source: None, encoder, pending: Bytes::new(), left }
    }

    async fn next(&mut self) -> Option<Result<Bytes, Cause>> {
        while self.encoder.is_some() {
            match self.step().await {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Some(Ok(bytes)),
                Err(cause) => {
                    self.encoder = None;
                    return Some(Err(cause));
                }
            }
        }
        None
    }

    /// Encodes the next chunk; at the end what the encoder still has. Nothing may come of it.
    async fn step(&mut self) -> Result<Bytes, Cause> {
        if self.pending.is_empty() {
            match self.pull().await? {
                Some(bytes) => self.pending = bytes,
                None => return Ok(self.encoder.take().map(Encoder::finish).unwrap_or_default()),
            }
        }
        let chunk = self.pending.split_to(self.pending.len().min(CHUNK));
        tokio::task::coop::consume_budget().await;
        Ok(self.encoder.as_mut().map(|encoder| encoder.push(chunk)).unwrap_or_default())
    }

    async fn pull(&mut self) -> Result<Option<Bytes>, Cause> {
        let digest = self.evidence.digest;
        let failed = |source| Cause::Evidence { digest, source };
        let source = match &mut self.source {
            Some(source) => source,
            closed => closed.insert(self.evidence.source.open().await.map_err(failed)?),
        };
        let bytes = source.try_next().await.map_err(|error| failed(error.into()))?;
        let length = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let wrong = Cause::Size { digest, expected: self.evidence.size };
        match self.left.checked_sub(length) {
            Some(left) if bytes.is_some() || left == 0 => self.left = left,
            _ => return Err(wrong),
        }
        Ok(bytes)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read;
    use std::sync::Arc;

    use assay_ports::{BlobError, EvidenceSource};
    use async_trait::async_trait;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    /// Evidence in memory that comes in pieces of `step` bytes.
    struct Memory {
        bytes: Bytes,
        step: usize,
    }

    #[async_trait]
    impl EvidenceSource for Memory {
        async fn open(&self) -> Result<ByteStream, BlobError> {
            let pieces: Vec<_> = self.bytes.chunks(self.step).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
            Ok(stream::iter(pieces).boxed())
        }
    }

    /// Evidence with these bytes, in pieces of `step`.
    pub(crate) fn evidence(bytes: &[u8], step: usize) -> Evidence {
        Evidence {
            metadata: serde_json::json!({}),
            size: bytes.len() as u64,
            digest: Digest::of(bytes),
            source: Arc::new(Memory { bytes: Bytes::copy_from_slice(bytes), step }),
        }
    }

    async fn collect(content: &Content) -> Result<Vec<u8>, Cause> {
        let pieces: Vec<_> = content.stream().try_collect().await?;
        assert!(pieces.iter().all(|piece| piece.len() <= CHUNK * 4 / 3 + 4));
        Ok(pieces.concat())
    }

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|i| u8::try_from(i * i % 251).unwrap()).collect()
    }

    #[tokio::test]
    async fn every_encoding_comes_out_whole_however_the_pieces_fall() {
        for length in [0, 1, 2, 3, 4, 100, 65_535, 65_536, 65_537, 200_000] {
            for step in [1, 2, 7, 64, 70_000, 300_000] {
                if step < 7 && length > 100 {
                    continue;
                }
                let bytes = sample(length);
                let content = |encoding| {
                    let piece = BodyPiece::Evidence(evidence(&bytes, step), encoding);
                    Content::new(vec![BodyPiece::Bytes(Bytes::from_static(b"<")), piece])
                };
                let identity = content(Encoding::Identity);
                assert_eq!(collect(&identity).await.unwrap()[1..], bytes);
                assert_eq!(identity.length(), Some(length as u64 + 1));
                let base64 = content(Encoding::Base64);
                let sent = collect(&base64).await.unwrap();
                assert_eq!(sent[1..], *BASE64_STANDARD.encode(&bytes).as_bytes());
                assert_eq!(base64.length(), Some(sent.len() as u64));
                let gzip = content(Encoding::Gzip);
                assert_eq!(gzip.length(), None);
                let sent = collect(&gzip).await.unwrap();
                let mut back = vec![];
                flate2::read::GzDecoder::new(&sent[1..]).read_to_end(&mut back).unwrap();
                assert_eq!(back, bytes);
            }
        }
    }

    #[tokio::test]
    async fn reading_once_tells_the_length_and_gives_the_same_bytes_again() {
        let piece = BodyPiece::Evidence(evidence(&sample(100_000), 999), Encoding::Gzip);
        let mut content = Content::new(vec![piece.clone(), piece]);
        let mut first = vec![];
        content.read(|bytes| first.extend_from_slice(bytes)).await.unwrap();
        assert_eq!(content.length(), Some(first.len() as u64));
        assert_eq!(collect(&content).await.unwrap(), first);
    }

    #[tokio::test]
    async fn evidence_of_another_size_breaks_off() {
        for wrong in [9, 11] {
            let mut lying = evidence(&sample(10), 3);
            lying.size = wrong;
            let content = Content::new(vec![BodyPiece::Evidence(lying, Encoding::Identity)]);
            assert!(matches!(collect(&content).await, Err(Cause::Size { .. })), "{wrong}");
        }
    }
}
