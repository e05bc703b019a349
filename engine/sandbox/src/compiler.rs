use wasmtime::Engine;

use crate::SandboxError;
use crate::config;

/// Compiles a core module for the generic processor of `target` (a target triple). For build scripts: it takes seconds.
///
/// # Errors
/// [`SandboxError::Target`] and [`SandboxError::Compile`].
pub fn compile(wasm: &[u8], target: &str) -> Result<Vec<u8>, SandboxError> {
    let config = config::compiling(config::config(), target)?;
    let engine = Engine::new(&config).map_err(SandboxError::engine)?;
    engine.precompile_module(wasm).map_err(SandboxError::compile)
}
