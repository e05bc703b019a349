//! The seams of the engine: what the use cases need from the outside, as object-safe traits over plain types.
//!
//! | seam | what it is | adapter |
//! |---|---|---|
//! | [`Repositories`] | what the plane remembers, one transaction a method | `api/storage` |
//! | [`BlobStore`] | bytes by digest | `api/cas` |
//! | [`Evaluator`] | Rego in a sandbox | `engine/policy` |
//! | [`Authority`] | certificates and timestamps | `engine/signer` |
//! | [`Vault`] | secrets at rest | `engine/signer` |
//! | [`PluginRuntime`] | integrations in a sandbox | `engine/plugin-host` |
//! | [`Egress`] | requests and mails to the outside | `api/egress` |
//!
//! **Must not know:** any adapter, SQL, HTTP, wasmtime. An adapter implements a trait of this crate and is chosen by name in `cli`.

mod authority;
mod blob;
mod egress;
mod evaluator;
mod integrations;
mod plugins;
mod repositories;
mod vault;

#[cfg(feature = "testing")]
pub mod conformance;

pub use authority::{Authority, AuthorityError, AuthorityKind, AuthorityRecord, CertificateRequest};
pub use blob::{BlobError, BlobReader, BlobStore, ByteStream, OldBlob, Stored, collect};
pub use egress::{BodyPiece, Egress, EgressError, EgressRequest, EgressResponse, Encoding, Mail};
pub use evaluator::{
    EvaluationRequest, Evaluator, Finding, Script, ScriptError, ScriptOutcome, ScriptResult, ScriptRun,
};
pub use integrations::{Deliveries, DeliveryFilter, Integrations, LeasedDelivery, Removal};
pub use plugins::{
    BuiltinIntegration, CallFailure, CallReport, Evidence, EvidenceSource, Function, Installable, MemoryState,
    PluginCall, PluginError, PluginRuntime, PluginState, RequestRecord,
};
pub use repositories::{
    Accepted, Audit, Authorities, Documents, Job, JobLease, Jobs, NewToken, Organizations, Page, PageRequest,
    Repositories, RepositoryError, RunFilter, Runs, Tokens, TrustKeys, Workflows,
};
pub use vault::{Vault, VaultError};
