//! The seams of the engine: what the use cases need from the outside, as object-safe traits over plain types.
//!
//! **Must not know:** any adapter, SQL, HTTP, wasmtime. An adapter implements a trait of this crate and is chosen by name in `cli`.

mod authority;
mod evaluator;

pub use authority::{Authority, AuthorityError, AuthorityKind, AuthorityRecord, CertificateRequest};
pub use evaluator::{
    EvaluationRequest, Evaluator, Finding, Script, ScriptError, ScriptOutcome, ScriptResult, ScriptRun,
};
