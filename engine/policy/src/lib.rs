//! The host side of the Rego evaluator: [`RegoEvaluator`] implements the port `Evaluator` with a WebAssembly guest.
//!
//! The guest (`assay-rego-guest`: regorus and the front end `assay-rego`) is built and compiled by this crate's build script
//! and embedded; the digest of its module is the evaluator's digest. Whatever a policy does, costs one instance.
//!
//! **Must not know:** how policies are stored and referenced, what becomes of an answer, and any adapter but the sandbox.

mod evaluator;
mod failure;
mod limits;
mod result;
mod session;
mod wire;

pub use evaluator::RegoEvaluator;
pub use limits::Limits;
