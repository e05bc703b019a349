//! A host with the hostile integration in it, and a way out that goes nowhere.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_base::{Digest, Secret};
use assay_integration::{Apply, Bound};
use assay_plugin_host::{PluginHost, Setup};
use assay_ports::{
    BlobError, BodyPiece, ByteStream, CallReport, Egress, EgressError, EgressRequest, EgressResponse, Evidence,
    EvidenceSource, Function, Mail, MemoryState, PluginCall, PluginRuntime, PluginState,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The secret of the registration.
pub(crate) const KEY: &str = "s3cr3t/w?th \"signs\"+";
/// The hidden URL of the registration.
pub(crate) const HOOK: &str = "https://hooks.example.org/services/T000/B000/XXXXyyyyZZZZ";

/// Answers like a server that the test describes, and remembers what it was sent.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) sent: Mutex<Vec<EgressRequest>>,
    pub(crate) mails: Mutex<Vec<Mail>>,
    /// Status, headers and body of every answer; the text `{key}` stands for what came in as the secret.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) deny: bool,
}

#[async_trait]
impl Egress for Answers {
    fn check(&self, _url: &str) -> Result<(), EgressError> {
        Ok(())
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        tokio::time::sleep(self.delay).await;
        self.sent.lock().unwrap().push(request);
        if self.deny {
            return Err(EgressError::Denied { reason: "10.0.0.1 is a private address".to_owned() });
        }
        let status = if self.status == 0 { 200 } else { self.status };
        let (headers, body) = (self.headers.clone(), Bytes::from(self.body.clone()));
        Ok(EgressResponse { status, headers, body, sent: 2, peer: None })
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        self.mails.lock().unwrap().push(mail);
        Ok("250 queued".to_owned())
    }
}

/// A host, and what it needs to live.
pub(crate) struct Plane {
    pub(crate) host: PluginHost,
    pub(crate) egress: Arc<Answers>,
    pub(crate) state: Arc<MemoryState>,
    pub(crate) component: Digest,
    pub(crate) bound: Bound,
    folder: TempDir,
}

impl Plane {
    pub(crate) async fn new(answers: Answers) -> Self {
        let (folder, egress) = (tempfile::tempdir().unwrap(), Arc::new(answers));
        let host = PluginHost::new(setup(&folder, Arc::clone(&egress) as _)).unwrap();
        let installed = host.install(Bytes::from_static(assay_hostile::COMPONENT)).await.unwrap();
        let input = json!({
            "url": "https://api.example.org/base", "hook": HOOK, "key": KEY,
            "host": "mail.example.org", "port": 587, "from": "assay@example.org",
        });
        let bound = installed.manifest.bind(&input).unwrap();
        assert!(matches!(bound.credentials["key"].apply, Apply::Header(_)));
        Self { host, egress, state: Arc::default(), component: installed.digest, bound, folder }
    }

    /// The same folder in another process with another key.
    pub(crate) fn again(&self, key: u8) -> PluginHost {
        let setup = Setup { key: Secret::new([key; 32]), ..setup(&self.folder, Arc::clone(&self.egress) as _) };
        PluginHost::new(setup).unwrap()
    }

    /// Tells the integration what to do.
    pub(crate) async fn obey(&self, command: &str) -> CallReport {
        let function = Function::Attach { registration: json!({}), input: Value::String(command.to_owned()) };
        self.call(function).await
    }

    pub(crate) async fn call(&self, function: Function) -> CallReport {
        let call = PluginCall {
            component: self.component,
            function,
            context: json!({"delivery_id": "d1"}),
            bound: self.bound.clone(),
            pool: "r1".to_owned(),
            state: Arc::clone(&self.state) as Arc<dyn PluginState>,
        };
        self.host.call(call).await.unwrap()
    }
}

pub(crate) fn setup(folder: &TempDir, egress: Arc<dyn Egress>) -> Setup {
    Setup {
        egress,
        builtins: vec![],
        folder: folder.path().join("plugins"),
        key: Secret::new([1; 32]),
        compiler: compiler(),
    }
}

/// The example `plugin-compiler`, which cargo has built beside the tests.
fn compiler() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples/plugin-compiler")
}

/// Evidence that comes in pieces.
pub(crate) struct Pieces(pub(crate) Vec<Bytes>);

#[async_trait]
impl EvidenceSource for Pieces {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        Ok(Box::pin(stream::iter(self.0.clone().into_iter().map(Ok))))
    }
}

pub(crate) fn evidence(pieces: &[&'static [u8]]) -> Evidence {
    let bytes = pieces.concat();
    let digest = Digest::of(&bytes);
    Evidence {
        metadata: json!({"name": "sbom", "kind": "SBOM_CYCLONEDX_JSON", "digest": digest.to_string(), "size": bytes.len()}),
        size: bytes.len() as u64,
        digest,
        source: Arc::new(Pieces(pieces.iter().map(|&piece| Bytes::from_static(piece)).collect())),
    }
}

/// The bodies of a request, with evidence named by its size.
pub(crate) fn body(request: &EgressRequest) -> String {
    let piece = |piece: &BodyPiece| match piece {
        BodyPiece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        BodyPiece::Evidence(evidence, encoding) => format!("<{} bytes, {encoding:?}>", evidence.size),
    };
    request.body.iter().map(piece).collect()
}
