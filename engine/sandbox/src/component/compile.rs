use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use wasmtime::Engine;

use crate::{SandboxError, config};

/// Compiles a component for the generic processor of `target` (a target triple).
///
/// Some inputs take long, much memory, or make the compiler panic: what a stranger wrote is compiled in a process of its own,
/// with limits.
///
/// # Errors
/// [`SandboxError::Target`] and [`SandboxError::Compile`].
pub fn compile_component(component: &[u8], target: &str) -> Result<Vec<u8>, SandboxError> {
    engine_for(target)?.precompile_component(component).map_err(SandboxError::compile)
}

/// What an artifact for `target` must have been made by, in a text to be compared: the target, and a hash of the version of
/// wasmtime and of everything in the configuration that code depends on.
///
/// # Errors
/// [`SandboxError::Target`].
pub fn artifact_kind(target: &str) -> Result<String, SandboxError> {
    let mut hasher = DefaultHasher::new();
    engine_for(target)?.precompile_compatibility_hash().hash(&mut hasher);
    Ok(format!("{target} {:016x}", hasher.finish()))
}

/// The target triple of the machine at hand, as far as wasmtime has a compiler for it.
pub fn native_target() -> String {
    let arch = std::env::consts::ARCH;
    match std::env::consts::OS {
        "macos" => format!("{arch}-apple-darwin"),
        os => format!("{arch}-unknown-{os}-gnu"),
    }
}

/// An engine that compiles components for `target`.
pub(crate) fn engine_for(target: &str) -> Result<Engine, SandboxError> {
    let config = config::compiling(config::component_config(), target)?;
    Engine::new(&config).map_err(SandboxError::engine)
}
