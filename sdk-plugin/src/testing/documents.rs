use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::{base64, host};

/// A piece of evidence of a test.
#[derive(Debug, Clone)]
pub struct Material {
    name: String,
    kind: String,
    digest: String,
    media_type: String,
    annotations: BTreeMap<String, String>,
    bytes: Rc<[u8]>,
}

impl Material {
    /// A material of a kind, for example `SBOM_CYCLONEDX_JSON`. Its digest is made up, but is another for other bytes.
    pub fn new(name: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Vec<u8> = bytes.into();
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            digest: digest(&bytes),
            media_type: "application/json".to_owned(),
            annotations: BTreeMap::new(),
            bytes: bytes.into(),
        }
    }

    /// With an annotation.
    #[must_use]
    pub fn annotation(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With a digest: `sha256:…`.
    #[must_use]
    pub fn digest(mut self, digest: &str) -> Self {
        digest.clone_into(&mut self.digest);
        self
    }

    /// With a media type.
    #[must_use]
    pub fn media_type(mut self, media_type: &str) -> Self {
        media_type.clone_into(&mut self.media_type);
        self
    }

    pub(super) fn blob(&self) -> host::Blob {
        let metadata = json!({
            "name": self.name, "kind": self.kind, "digest": self.digest, "size": self.bytes.len(),
            "media_type": self.media_type, "annotations": self.annotations,
        });
        host::Blob::of(metadata.to_string(), Rc::clone(&self.bytes))
    }
}

/// Four times FNV-1a with different beginnings: looks like a SHA-256 and costs no dependency.
fn digest(bytes: &[u8]) -> String {
    let word = |seed: u64| {
        let start = 0xcbf2_9ce4_8422_2325 ^ seed;
        bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let [a, b, c, d] = [1, 2, 3, 4].map(word);
    format!("sha256:{a:016x}{b:016x}{c:016x}{d:016x}")
}

/// A bundle around a statement; its signature signs nothing.
pub fn bundle(statement: &Value) -> Vec<u8> {
    let envelope = json!({
        "payload": base64::encode(statement.to_string()),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"sig": "c2lnbmF0dXJl"}],
    });
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "dGVzdA=="}},
        "dsseEnvelope": envelope,
    });
    bundle.to_string().into_bytes()
}

/// The statement of a test's attestation.
pub(super) fn statement() -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "chainloop.workflow.release-build", "digest": {"sha256": "ab".repeat(32)}}],
        "predicateType": "chainloop.dev/attestation/v0.2",
        "predicate": {"buildType": "test", "metadata": {"name": "release-build", "project": "payments-api"}, "annotations": {}},
    })
}

/// The context of every call.
pub fn context(integration: &str) -> Value {
    json!({
        "schema": "assay.dev/context/v1",
        "organization": "default",
        "now": "2026-11-20T12:00:00Z",
        "registration": {"name": "test", "integration": integration},
    })
}

/// What a delivery adds to the context: a compliant run of `payments-api / release-build`.
pub fn delivery() -> Value {
    json!({
        "attempt": 1,
        "delivery_id": "01936f5e-0000-7000-8000-000000000001",
        "workflow": {"id": "01936f5e-0000-7000-8000-000000000002", "name": "release-build", "project": "payments-api", "team": null},
        "run": {
            "id": "01936f5e-0000-7000-8000-000000000003",
            "state": "pushed",
            "verdict": "compliant",
            "warnings": 0,
            "started_at": "2026-11-20T11:58:00Z",
            "finished_at": "2026-11-20T11:59:00Z",
            "runner_type": "GITHUB_ACTION",
            "runner_url": "https://ci.example.org/runs/7",
            "attestation_digest": format!("sha256:{}", "cd".repeat(32)),
            "version": "1.4.2",
            "evaluations": [{"policy": "licenses", "material": "sbom", "kind": "SBOM_CYCLONEDX_JSON", "status": "passed", "enforcement": "enforce", "violations": 0}],
        },
    })
}
