//! Pieces of evidence: which kind one is, whether it is a valid one, what is worth knowing about it, and what a policy sees.
//!
//! Every kind is one file under `kinds` and one line in [`registry`]. A document is read once, by [`inspect`]; kinds claim it
//! by its identity keys, and only the one that claims it checks it against its schema.
//!
//! **Must not know:** where bytes come from or go to (files, registries, storage), the network, contracts and policies. The
//! only archives it opens are in memory.

mod archive;
mod document;
mod error;
mod inspection;
mod kinds;
mod registry;
mod schema;
mod xml;

pub mod image;

pub use archive::ArchiveError;
pub use error::MaterialError;
pub use inspection::{Inspection, KindInfo, PolicyInput, Strictness};
pub use registry::{inspect, registry};
pub use xml::XmlError;
