//! The host of integrations: WebAssembly components of the world `assay:integration`, each call in a fresh instance.
//!
//! | file | what it is |
//! |---|---|
//! | `host` | [`PluginHost`], the runtime behind the port |
//! | `install`, `section`, `compiler`, `artifacts`, `loaded` | from the bytes of a stranger to machine code that may be loaded |
//! | `call`, `outcome` | one call, and what is made of its answer |
//! | `http`, `smtp`, `blob`, `log`, `state` | the imports of the world |
//! | `redact` | secrets do not come back |
//!
//! A guest names endpoints and credentials; their values are added behind it, and are struck out of everything that comes
//! back, is logged, answered or remembered.
//!
//! **Must not know:** storage, who may do what, when a delivery is tried again, how the network is reached (that is the port
//! `Egress`).

mod artifacts;
mod bindings;
mod blob;
mod call;
mod compiler;
mod error;
mod host;
mod http;
mod install;
mod loaded;
mod log;
mod outcome;
mod percent;
mod redact;
mod section;
mod smtp;
mod state;

pub use compiler::compile_child;
pub use error::PluginHostError;
pub use host::{Builtin, PluginHost, Setup};
pub use section::{ManifestSection, manifest_section};
