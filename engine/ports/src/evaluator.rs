use std::sync::Arc;

use assay_base::{Digest, Timestamp};
use bytes::Bytes;
use serde_json::{Map, Value};

/// The Rego sandbox: runs scripts on one document. Synchronous, because it is work for a processor; callers that must not
/// wait put it on a thread of its own.
pub trait Evaluator: Send + Sync {
    /// The digest of the evaluator itself (the bytes of its WebAssembly module), which every verdict records.
    fn digest(&self) -> Digest;

    /// Runs every script of the request on its document, which is parsed once. The answer has one entry for each script,
    /// in order; whatever goes wrong with one script is that entry's error and leaves the others alone.
    fn evaluate(&self, request: &EvaluationRequest) -> Vec<ScriptRun>;

    /// Checks that a script could be run at all: it parses and compiles.
    ///
    /// # Errors
    /// [`ScriptError`] with the place in the script.
    fn check(&self, source: &str) -> Result<(), ScriptError>;
}

/// One document and the scripts that judge it.
#[derive(Debug, Clone)]
pub struct EvaluationRequest {
    /// JSON text. An object is the input itself, an array becomes `input.elements`; anything else is an error.
    pub document: Bytes,
    /// What policies see as `input.chainloop_metadata`.
    pub metadata: Value,
    /// The scripts.
    pub scripts: Vec<Script>,
    /// The instant that `time.now_ns` answers.
    pub instant: Timestamp,
}

/// One Rego script and its arguments.
#[derive(Debug, Clone)]
pub struct Script {
    /// The source as the author wrote it, without boilerplate.
    pub source: Arc<str>,
    /// What the script sees as `input.args`; absent when there are none.
    pub args: Option<Map<String, Value>>,
}

/// What became of one script.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptRun {
    /// Its answer, or its error.
    pub outcome: ScriptOutcome,
    /// Time that it took, in microseconds, without the parsing of the document.
    pub duration_us: u64,
}

/// The answer of a script.
#[derive(Debug, Clone, PartialEq)]
pub enum ScriptOutcome {
    /// It answered a well-formed `result`.
    Answered(ScriptResult),
    /// It could not be judged. Never a pass.
    Failed(ScriptError),
}

/// The object that a script answers as `result` (Chainloop's result contract).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScriptResult {
    /// The policy does not apply to the document.
    pub skipped: bool,
    /// Why; only with `skipped`.
    pub skip_reason: Option<String>,
    /// The branch is to be left out of the evaluation altogether.
    pub ignore: bool,
    /// What is wrong with the document.
    pub violations: Vec<Finding>,
}

/// One violation: a message, and what else a structured finding says.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What is wrong.
    pub message: String,
    /// The other keys of a finding that was given as an object.
    pub fields: Map<String, Value>,
}

/// Why a script could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// Stable code, kebab-case: `policy-syntax`, `policy-budget`, `policy-memory`, `policy-trap`, `policy-result`, `policy-builtin`, `policy-undefined`, …
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// Line in the script as its author wrote it, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
}
