//! Names of container images, and the index of an OCI image layout. Nothing here reads a registry or a directory.

mod layout;
mod reference;

pub use layout::{LayoutError, LayoutImage, layout};
pub use reference::{Reference, ReferenceError};
