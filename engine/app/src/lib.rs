//! The use cases of the plane, one file for each noun: who may do what, what a request means, what follows from it.
//!
//! Every use case takes the [`App`] (the seams) and the [`Caller`](assay_model::Caller) first, after [`authorize()`] has let
//! the caller pass. [`judge`] is pure and is what the CLI calls, too: a policy judged on a laptop is judged the same here.
//!
//! **Must not know:** HTTP, SQL, wasmtime, any adapter; environment, clock and randomness but through the seams.

mod authorize;
mod bind;
mod context;
mod error;

pub mod attachments;
pub mod blobs;
pub mod deliveries;
pub mod documents;
pub mod gates;
pub mod integrations;
pub mod judge;
pub mod orgs;
pub mod push;
pub mod registrations;
pub mod runs;
pub mod signing;
pub mod tokens;
pub mod trust;
pub mod upkeep;
pub mod workflows;

pub use authorize::{Operation, Reach, authenticate, authorize};
pub use bind::{Missing, missing};
pub use context::{App, Settings};
pub use error::AppError;
