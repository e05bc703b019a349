//! What every implementation of a seam must do, as code that its tests run. A case panics when it is broken.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "these are tests that live outside of test crates")]

pub mod blob;
pub mod repositories;
