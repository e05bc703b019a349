//! From the core module that a toolchain makes to the file that is installed: a component with its manifest in it.
//!
//! **Must not know:** what is in a manifest, how a component is run, where it goes. No IO.

mod section;

pub use section::{SECTION, embed};

/// Why something cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is no module, or it imports or exports what its world does not have.
    #[error("the module does not become a component")]
    Module(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is no component.
    #[error("this is not a WebAssembly component")]
    NotComponent,
}

/// Makes a component of a core module that carries the type of its world (the custom section `component-type…`, as
/// wit-bindgen writes it). What the module does not use of the world is not imported.
///
/// # Errors
/// [`PackError::Module`].
pub fn component(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let encode = || wit_component::ComponentEncoder::default().module(module)?.validate(true).encode();
    encode().map_err(|error| PackError::Module(error.into()))
}
