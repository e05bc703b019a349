//! The ground floor: typed ids, names, digests, instants, material kinds, secrets, limits and strict JSON.
//!
//! Everything that two crates must agree on stands here, once. Values are made by parsing and cannot be wrong afterwards.
//!
//! **Must not know:** IO, async, the network, the wall clock or randomness (they are the traits [`Clock`] and [`Entropy`],
//! implemented at the rim), and any other crate of this workspace.

mod diagnostic;
mod digest;
mod id;
mod kind;
mod name;
mod secret;
mod source;
mod suggest;
mod timestamp;
mod token;

pub mod json;
pub mod limits;
pub mod text;

pub use diagnostic::{Diagnostic, Place};
pub use digest::{Digest, DigestError, Hasher};
pub use id::{
    AttachmentId, DeliveryId, IdError, JobId, OrgId, ProjectId, RegistrationId, RunId, TokenId, TrustKeyId, WorkflowId,
};
pub use kind::{MaterialKind, UnknownKind};
pub use name::{
    AnnotationName, DocumentName, IntegrationId, MaterialName, NameError, OrgName, ProjectName, RegistrationName,
    TokenName, WorkflowName,
};
pub use secret::Secret;
pub use source::{Clock, Entropy, FixedClock, new_id};
pub use suggest::closest;
pub use timestamp::{Timestamp, TimestampError};
pub use token::{Token, TokenError, TokenHash};
