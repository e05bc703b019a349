use std::sync::Arc;

use assay_base::{Digest, MaterialKind};
use assay_ports::{BlobError, ByteStream, Evidence, EvidenceSource};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

/// Bytes in memory as evidence: what a call gets a handle of.
pub fn evidence(name: &str, kind: &str, media_type: &str, bytes: impl Into<Bytes>) -> Evidence {
    let bytes = bytes.into();
    let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
    let metadata = metadata(name, kind, media_type, digest, size);
    Evidence { metadata, size, digest, source: Arc::new(Memory(bytes)) }
}

/// A Sigstore bundle around a statement; its signature signs nothing.
pub fn sample_envelope() -> Evidence {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "chainloop.workflow.release-build", "digest": {"sha256": "ab".repeat(32)}}],
        "predicateType": "chainloop.dev/attestation/v0.2",
        "predicate": {"buildType": "trial", "metadata": {"name": "release-build", "project": "payments-api"}, "annotations": {}},
    });
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "dHJpYWw="}},
        "dsseEnvelope": {
            "payload": STANDARD.encode(statement.to_string()),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": "c2lnbmF0dXJl"}],
        },
    });
    evidence("attestation", "ATTESTATION", "application/vnd.dev.sigstore.bundle.v0.3+json", bundle.to_string())
}

/// A small material of each of these kinds.
pub fn sample_materials(kinds: &[MaterialKind]) -> Vec<Evidence> {
    kinds.iter().map(|kind| evidence("sample", kind.as_str(), "application/json", sample(*kind).to_string())).collect()
}

fn sample(kind: MaterialKind) -> Value {
    match kind {
        MaterialKind::SbomCyclonedxJson => {
            json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []})
        }
        MaterialKind::SbomSpdxJson => {
            json!({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "sample", "packages": []})
        }
        MaterialKind::Sarif => json!({"version": "2.1.0", "runs": []}),
        _ => json!({}),
    }
}

/// A material of `size` bytes that nobody keeps in memory.
pub(crate) fn large(kind: MaterialKind, size: u64) -> Evidence {
    let digest = Digest::of(b"large");
    let metadata = metadata("large", kind.as_str(), "application/json", digest, size);
    Evidence { metadata, size, digest, source: Arc::new(Blank(size)) }
}

fn metadata(name: &str, kind: &str, media_type: &str, digest: Digest, size: u64) -> Value {
    json!({
        "name": name, "kind": kind, "digest": digest.to_string(), "size": size, "media_type": media_type, "annotations": {}
    })
}

struct Memory(Bytes);

#[async_trait]
impl EvidenceSource for Memory {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let bytes = self.0.clone();
        Ok(Box::pin(stream::iter([Ok(bytes)])))
    }
}

/// Blanks, in pieces of 64 KiB.
struct Blank(u64);

#[async_trait]
impl EvidenceSource for Blank {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        const PIECE: usize = 64 << 10;
        let piece = Bytes::from(vec![b' '; PIECE]);
        let pieces = usize::try_from(self.0).unwrap_or(usize::MAX).div_ceil(PIECE);
        let (last, whole) = (usize::try_from(self.0).unwrap_or(usize::MAX) % PIECE, self.0 / PIECE as u64);
        let cut = move |i: usize| if i as u64 == whole { piece.slice(..last) } else { piece.clone() };
        Ok(Box::pin(stream::iter((0..pieces).map(move |i| Ok(cut(i))))))
    }
}
