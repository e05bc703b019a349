//! Builds guests of this workspace for `wasm32-unknown-unknown`, from the build scripts of the crates that embed them.
//!
//! It finds a Rust toolchain that has, or can build, a standard library for WebAssembly ([`Toolchain::find`]), and runs its
//! cargo once for all the packages of a script ([`Guests::build`]), in a target directory that scripts share.
//!
//! **Must not know:** what the guests do, and what becomes of their modules.

mod cargo;
mod guests;
mod toolchain;

pub use cargo::{report, rerun_if_changed, target_dir, variable, workspace};
pub use guests::{BuildFailed, Guests};
pub use toolchain::{Library, NoToolchain, TARGET, Toolchain};
