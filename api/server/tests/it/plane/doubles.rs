//! What stands in for the sandbox of integrations, the way out and the vault.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_base::{Digest, OrgId, Secret};
use assay_integration::Manifest;
use assay_ports::{
    BuiltinIntegration, CallFailure, CallReport, Egress, EgressError, EgressRequest, EgressResponse, Function,
    Installable, Mail, PluginCall, PluginError, PluginRuntime, RequestRecord, Vault, VaultError,
};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

/// The manifest of the only integration.
pub(crate) const HOOK: &str = include_str!("../data/hook.json");

type Answer = dyn Fn(&PluginCall) -> Result<Value, CallFailure> + Send + Sync;

/// A runtime whose components do what a test says. A component is the text of its manifest.
pub(crate) struct Scripted {
    builtin: Vec<BuiltinIntegration>,
    known: Mutex<BTreeSet<Digest>>,
    answer: Mutex<Arc<Answer>>,
    calls: Mutex<Vec<PluginCall>>,
}

impl Scripted {
    pub(crate) fn new() -> Self {
        let digest = Digest::of(HOOK.as_bytes());
        let manifest = Arc::new(Manifest::parse(HOOK).unwrap());
        Self {
            builtin: vec![BuiltinIntegration { digest, manifest }],
            known: Mutex::new(BTreeSet::from([digest])),
            answer: Mutex::new(Arc::new(|_| Ok(json!({})))),
            calls: Mutex::default(),
        }
    }

    /// What every call does from now on.
    pub(crate) fn does(&self, answer: impl Fn(&PluginCall) -> Result<Value, CallFailure> + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Forgets what was installed: another machine.
    pub(crate) fn forget(&self) {
        self.known.lock().unwrap().retain(|digest| *digest == self.builtin[0].digest);
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<PluginCall> {
        self.calls.lock().unwrap().clone()
    }

    /// Those that delivered, or tried to.
    pub(crate) fn executions(&self) -> Vec<PluginCall> {
        self.calls().into_iter().filter(|call| matches!(call.function, Function::Execute { .. })).collect()
    }
}

#[async_trait]
impl PluginRuntime for Scripted {
    fn builtin(&self) -> &[BuiltinIntegration] {
        &self.builtin
    }

    async fn install(&self, component: Bytes) -> Result<Installable, PluginError> {
        let refused = |reason: String| PluginError::Refused { code: "component-invalid", reason };
        let text = String::from_utf8(component.to_vec()).map_err(|e| refused(e.to_string()))?;
        let manifest = Arc::new(Manifest::parse(&text).map_err(|e| refused(e.to_string()))?);
        let digest = Digest::of(&component);
        self.known.lock().unwrap().insert(digest);
        Ok(Installable { digest, manifest, text })
    }

    async fn knows(&self, component: Digest) -> bool {
        self.known.lock().unwrap().contains(&component)
    }

    async fn call(&self, call: PluginCall) -> Result<CallReport, PluginError> {
        if !self.knows(call.component).await {
            return Err(PluginError::Unknown(call.component));
        }
        self.calls.lock().unwrap().push(call.clone());
        let answer = Arc::clone(&self.answer.lock().unwrap());
        let outcome = tokio::task::spawn_blocking(move || answer(&call)).await;
        let outcome = outcome.map_err(|error| PluginError::Host(Box::new(error)))?;
        // An integration that was refused a destination says so by its own word.
        let denied = match &outcome {
            Err(CallFailure::Retryable { code, message, .. }) if code == "denied" => Some(message.clone()),
            _ => None,
        };
        let request = RequestRecord {
            origin: "https://example.org".to_owned(),
            method: "POST".to_owned(),
            status: Some(if outcome.is_ok() { 200 } else { 500 }),
            denied,
            error: None,
            bytes: (0, 0),
            duration: Duration::ZERO,
            request_head: "POST /in HTTP/1.1".to_owned(),
            response_head: None,
        };
        let (duration, cpu) = (Duration::ZERO, Duration::ZERO);
        Ok(CallReport { outcome, requests: vec![request], log: vec![], duration, cpu, memory: 0 })
    }
}

/// A way out that leads nowhere; `10.…` may not even be named.
pub(crate) struct NoWay;

#[async_trait]
impl Egress for NoWay {
    fn check(&self, url: &str) -> Result<(), EgressError> {
        if url.contains("//10.") {
            return Err(EgressError::Denied { reason: "`10.0.0.1` is a private address".to_owned() });
        }
        Ok(())
    }

    async fn send(&self, _: EgressRequest) -> Result<EgressResponse, EgressError> {
        Err(EgressError::Denied { reason: "nobody goes anywhere".to_owned() })
    }

    async fn mail(&self, _: Mail) -> Result<String, EgressError> {
        Err(EgressError::Denied { reason: "nobody goes anywhere".to_owned() })
    }
}

/// Nothing but the binding to organization and row: the bytes are reversed.
pub(crate) struct Reversed;

impl Vault for Reversed {
    fn seal(&self, org: OrgId, row: &str, secret: &Secret<Vec<u8>>) -> Result<Vec<u8>, VaultError> {
        let mut sealed = format!("{org}/{row}\n").into_bytes();
        sealed.extend(secret.expose().iter().rev());
        Ok(sealed)
    }

    fn open(&self, org: OrgId, row: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let secret = sealed.strip_prefix(format!("{org}/{row}\n").as_bytes()).ok_or(VaultError::Sealed)?;
        Ok(Secret::new(secret.iter().rev().copied().collect()))
    }
}
