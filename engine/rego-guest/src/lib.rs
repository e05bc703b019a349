//! The Rego evaluator as a WebAssembly module: regorus, behind the front end of `assay-rego`.
//!
//! The host is `assay-policy`. The interface is bytes (see `assay_sandbox::Guest`): `load_document` takes the JSON document
//! that all policies of the instance judge, `evaluate` a policy with its arguments, `check` a policy alone. Answers are JSON.
//!
//! **Must not know:** the clock, randomness, the network, files and the environment. They are not there: whatever a policy
//! asks of them is an error, but the instant, which is part of the request.

mod abi;
mod answer;
mod builtins;
mod document;
mod evaluation;
mod failure;
mod policy;

pub use abi::{alloc, check, evaluate, load_document};
