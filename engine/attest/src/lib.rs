//! Attestations: in-toto statements in DSSE envelopes in Sigstore bundles, and what it takes to believe one.
//!
//! A statement passes through three types. A [`Draft`] is what a client composes. A [`Bundle`] that was read holds an
//! [`Unverified`] one, good for finding out which run it claims to be of. [`verify()`] alone makes a [`Verified`] one.
//!
//! **Must not know:** IO, the clock, randomness, private keys, storage, and the other crates of its floor. Verification is
//! a function of the bytes of the bundle and the trust rules.

mod bundle;
mod encoding;
mod error;
mod evaluation;
mod identity;
mod key;
mod message;
mod predicate;
mod statement;
mod trust;
mod verify;
mod wire;

pub mod dsse;

pub use bundle::{BUNDLE_MEDIA_TYPE, Bundle, VerificationMaterial};
pub use error::AttestError;
pub use evaluation::{Evaluation, Reference, Violation};
pub use identity::RunIdentity;
pub use key::{KeyAlgorithm, KeyId, PublicKey};
pub use message::MessageSignature;
pub use predicate::{Auth, Builder, CasBackend, EvaluationsRef, Material, Metadata, Predicate};
pub use statement::{Draft, PREDICATE_TYPE, STATEMENT_TYPE, Statement, Subject, Unverified};
pub use trust::{Authority, TRUST_ROOT_MEDIA_TYPE, TrustRoot, TrustRules, TrustedKey};
pub use verify::{SignerInfo, Verified, verify};
