//! The sandbox: WebAssembly guests with a memory cap, a CPU budget, a wall deadline and no ambient authority.
//!
//! A guest is compiled ahead of time (`compile`, in a build script, feature `compiler`), embedded ([`embedded_artifact!`]), loaded once
//! ([`Sandbox::load`]) and instantiated for each use ([`Program::instantiate`]). Whatever it does wrong is a [`Trap`] in
//! that one instance: an endless loop, an endless allocation, an endless recursion or a panic.
//!
//! A component (`wasmtime::component`) is compiled and loaded in the same way ([`ComponentSandbox`]); its host functions are its host's,
//! and run against the same budget ([`Hosted`]). [`GuestThreads`] are the threads for it.
//!
//! The features are apart so that a build script, which compiles guests, needs no threads to run them.
//!
//! **Must not know:** what the guests do, and the nouns of Assay.

#[cfg(feature = "runtime")]
mod artifact;
#[cfg(feature = "compiler")]
mod compiler;
#[cfg(feature = "runtime")]
mod component;
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
mod threads;
#[cfg(feature = "runtime")]
mod ticker;
#[cfg(feature = "runtime")]
mod trap;

#[cfg(feature = "compiler")]
pub use compiler::compile;
#[cfg(all(feature = "runtime", feature = "compiler"))]
pub use component::{artifact_kind, compile_component, describe, native_target};
pub use error::SandboxError;
#[cfg(feature = "runtime")]
pub use {
    artifact::Artifact,
    component::{CompiledComponent, ComponentArtifact, ComponentSandbox, Hosted, Ran},
    guest::{Guest, Program, Sandbox},
    meter::Budget,
    stack::{GuestStack, on_guest_stack},
    threads::GuestThreads,
    trap::Trap,
};
