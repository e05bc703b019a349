use std::num::NonZeroUsize;

use wasmtime::Config;
#[cfg(feature = "compiler")]
use wasmtime::{OptLevel, Strategy};

#[cfg(feature = "compiler")]
use crate::SandboxError;

/// Native stack that a guest may use, in bytes: enough for JSON at its deepest and for thousands of nested calls.
pub(crate) const STACK_BYTES: usize = 8 << 20;

/// The one configuration, shared by the ahead-of-time compilation and the runtime, which refuses an artifact of another.
///
/// Every WebAssembly proposal that guests do not need is off: most of wasmtime's advisories lie there. Epochs stop a guest
/// at every loop and call; fuel would cost two to three times as much.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_extended_const(false);
    config.epoch_interruption(true).consume_fuel(false);
    // The second is of no use here, but the first may not exceed it.
    config.max_wasm_stack(STACK_BYTES).async_stack_size(STACK_BYTES);
    config.memory_init_cow(true).generate_address_map(false);
    config.wasm_backtrace_max_frames(NonZeroUsize::new(8));
    config
}

/// The same for another machine: the generic processor of `target` (a target triple), not the one at hand, so that an
/// executable built on a new machine runs on an old one.
/// Cranelift only, never Winch.
#[cfg(feature = "compiler")]
pub(crate) fn config_for(target: &str) -> Result<Config, SandboxError> {
    let mut config = config();
    config.strategy(Strategy::Cranelift).cranelift_opt_level(OptLevel::Speed);
    config.target(target).map_err(|source| SandboxError::target(target, source))?;
    Ok(config)
}
