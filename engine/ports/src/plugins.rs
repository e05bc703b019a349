use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_base::Digest;
use assay_integration::{Bound, InputIssue, Manifest};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use crate::{BlobError, ByteStream};

/// The sandbox of integrations: every call is a fresh instance with its own limits, and nothing of it stays.
#[async_trait]
pub trait PluginRuntime: Send + Sync {
    /// The integrations that are part of the executable.
    fn builtin(&self) -> &[BuiltinIntegration];

    /// Compiles a component in a process of its own, within limits, checks that it imports nothing but the world, and reads
    /// its manifest (the custom section; nothing of the component runs). From then on it can be called by its digest.
    ///
    /// # Errors
    /// [`PluginError`].
    async fn install(&self, component: Bytes) -> Result<Installable, PluginError>;

    /// Whether that component can be called without being installed again.
    async fn knows(&self, component: Digest) -> bool;

    /// Calls a component. Whatever goes wrong inside is in the report; the host's own failures are errors.
    ///
    /// # Errors
    /// [`PluginError::Unknown`] when the component must be installed first, [`PluginError::Host`].
    async fn call(&self, call: PluginCall) -> Result<CallReport, PluginError>;
}

/// An integration that is part of the executable.
#[derive(Debug, Clone)]
pub struct BuiltinIntegration {
    /// The digest of the component.
    pub digest: Digest,
    /// Its manifest.
    pub manifest: Arc<Manifest>,
}

/// A component that passed.
#[derive(Debug, Clone)]
pub struct Installable {
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// The manifest's JSON text.
    pub text: String,
}

/// One call.
#[derive(Clone)]
pub struct PluginCall {
    /// The component.
    pub component: Digest,
    /// Which function, with its own arguments.
    pub function: Function,
    /// The `context` document.
    pub context: Value,
    /// What the call may use.
    pub bound: Bound,
    /// Tells connections of different registrations apart.
    pub pool: String,
    /// The registration's small values.
    pub state: Arc<dyn PluginState>,
}

/// The functions of the world that a host calls.
#[derive(Debug, Clone)]
pub enum Function {
    /// `handler.register` with the input ([`Bound::input`]).
    Register,
    /// `handler.attach`.
    Attach {
        /// `{"configuration","state"}` of the registration.
        registration: Value,
        /// The options.
        input: Value,
    },
    /// `handler.execute`.
    Execute {
        /// `{"configuration","state"}` of the registration.
        registration: Value,
        /// `{"configuration","state"}` of the attachment.
        attachment: Value,
        /// The bundle.
        envelope: Evidence,
        /// The materials that the integration subscribes to.
        materials: Vec<Evidence>,
    },
    /// `lifecycle.check`; where it is not exported, `handler.register` with [`Bound::input`].
    Check {
        /// `{"configuration","state"}` of the registration.
        registration: Value,
    },
    /// `lifecycle.detach`, if it is exported.
    Detach {
        /// `{"configuration","state"}` of the registration.
        registration: Value,
        /// `{"configuration","state"}` of the attachment.
        attachment: Value,
    },
    /// `lifecycle.deregister`, if it is exported.
    Deregister {
        /// `{"configuration","state"}` of the registration.
        registration: Value,
    },
    /// `lifecycle.migrate`; where it is not exported, the state stays as it is.
    Migrate {
        /// The version of the integration that answered the state.
        from_version: String,
        /// The state of the registration.
        state: Value,
    },
}

/// Bytes that a guest may hold a handle of, and send, without having them.
#[derive(Clone)]
pub struct Evidence {
    /// The `metadata` document: `name`, `kind`, `digest`, `size`, `media_type`, `annotations`.
    pub metadata: Value,
    /// Size in bytes.
    pub size: u64,
    /// The SHA-256 of the bytes.
    pub digest: Digest,
    /// Opens the bytes from the beginning, each time anew.
    pub source: Arc<dyn EvidenceSource>,
}

/// Where the bytes of [`Evidence`] come from.
#[async_trait]
pub trait EvidenceSource: Send + Sync {
    /// The bytes, from the beginning.
    ///
    /// # Errors
    /// [`BlobError`] when they are not there any more, or cannot be read.
    async fn open(&self) -> Result<ByteStream, BlobError>;
}

/// The small values of one registration.
#[async_trait]
pub trait PluginState: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    /// A sentence for the guest.
    async fn get(&self, key: &str) -> Result<Option<String>, String>;
    /// Sets a key, or removes it.
    ///
    /// # Errors
    /// A sentence for the guest.
    async fn set(&self, key: &str, value: Option<&str>) -> Result<(), String>;
}

/// What became of a call. Nothing in it holds a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct CallReport {
    /// What the guest answered, or how it failed.
    pub outcome: Result<Value, CallFailure>,
    /// The requests and mails, in order.
    pub requests: Vec<RequestRecord>,
    /// What it logged, one line each, bounded.
    pub log: Vec<String>,
    /// Time on the wall.
    pub duration: Duration,
    /// Time on the processor.
    pub cpu: Duration,
    /// The most memory that it had, in bytes.
    pub memory: usize,
}

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    /// Fields of the input are wrong.
    #[error("{}", .0.first().map_or("the input is not valid", |issue| issue.message.as_str()))]
    InvalidInput(Vec<InputIssue>),
    /// The destination refuses the credential.
    #[error("{message}")]
    Unauthorized {
        /// A stable word.
        code: String,
        /// A sentence.
        message: String,
    },
    /// Later perhaps.
    #[error("{message}")]
    Retryable {
        /// A stable word.
        code: String,
        /// A sentence.
        message: String,
        /// What the destination asked for.
        after: Option<Duration>,
    },
    /// Never.
    #[error("{message}")]
    Permanent {
        /// A stable word.
        code: String,
        /// A sentence.
        message: String,
    },
    /// The guest broke, or used more than it may.
    #[error("{message}")]
    Trap {
        /// `cpu`, `wall`, `memory`, `stack`, `output`, `panic`, `guest`.
        code: &'static str,
        /// A sentence.
        message: String,
    },
}

/// One request or mail, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// Scheme, host and port.
    pub origin: String,
    /// `GET`, …, or `MAIL`.
    pub method: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Whether the broker or the grant refused it; the reason.
    pub denied: Option<String>,
    /// What went wrong otherwise.
    pub error: Option<String>,
    /// Bytes of the request's body and of the answer's.
    pub bytes: (u64, u64),
    /// Time on the wall.
    pub duration: Duration,
    /// The beginning of the request, redacted.
    pub request_head: String,
    /// The beginning of the answer, redacted.
    pub response_head: Option<String>,
}

/// Why the runtime did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It must be installed (again) first.
    #[error("the component {0} is not installed")]
    Unknown(Digest),
    /// The component is too large.
    #[error("a component has at most {limit} bytes, this one has {size}")]
    Size {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// It is no component, does not compile within the limits, or wants what the world does not have.
    #[error("{reason}")]
    Refused {
        /// A stable word: `component-invalid`, `component-imports`, `component-exports`, `component-manifest`, `component-compile`.
        code: &'static str,
        /// A sentence.
        reason: String,
    },
    /// The sandbox itself failed.
    #[error("the sandbox failed")]
    Host(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence").field("digest", &self.digest).field("size", &self.size).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PluginCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginCall").field("component", &self.component).finish_non_exhaustive()
    }
}

/// A state that lives in memory: for trying a component without a server.
#[derive(Debug, Default)]
pub struct MemoryState(std::sync::Mutex<BTreeMap<String, String>>);

#[async_trait]
impl PluginState for MemoryState {
    async fn get(&self, key: &str) -> Result<Option<String>, String> {
        let values = self.0.lock().map_err(|e| e.to_string())?;
        Ok(values.get(key).cloned())
    }

    async fn set(&self, key: &str, value: Option<&str>) -> Result<(), String> {
        let mut values = self.0.lock().map_err(|e| e.to_string())?;
        match value {
            Some(value) => values.insert(key.to_owned(), value.to_owned()),
            None => values.remove(key),
        };
        Ok(())
    }
}
