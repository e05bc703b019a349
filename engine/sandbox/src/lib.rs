//! The sandbox: WebAssembly guests with a memory cap, a CPU budget, a wall deadline and no ambient authority.
//!
//! A guest is compiled ahead of time (`compile`, in a build script, feature `compiler`), embedded ([`embedded_artifact!`]), loaded once
//! ([`Sandbox::load`]) and instantiated for each use ([`Program::instantiate`]). Whatever it does wrong is a [`Trap`] in
//! that one instance: an endless loop, an endless allocation, an endless recursion or a panic.
//!
//! The features are apart so that the product, which only runs guests, contains no compiler.
//!
//! **Must not know:** what the guests do, and the nouns of Assay.

#[cfg(feature = "runtime")]
mod artifact;
#[cfg(feature = "compiler")]
mod compiler;
mod config;
mod error;
#[cfg(feature = "runtime")]
mod guest;
#[cfg(feature = "runtime")]
mod meter;
#[cfg(feature = "runtime")]
mod stack;
#[cfg(feature = "runtime")]
mod state;
#[cfg(feature = "runtime")]
mod ticker;
#[cfg(feature = "runtime")]
mod trap;

#[cfg(feature = "compiler")]
pub use compiler::compile;
pub use error::SandboxError;
#[cfg(feature = "runtime")]
pub use {
    artifact::Artifact,
    guest::{Guest, Program, Sandbox},
    meter::Budget,
    stack::{GuestStack, on_guest_stack},
    trap::Trap,
};
