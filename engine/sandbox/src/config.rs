use std::num::NonZeroUsize;

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};
#[cfg(feature = "compiler")]
use wasmtime::{OptLevel, Strategy};

#[cfg(feature = "compiler")]
use crate::SandboxError;

/// Native stack that a core module may use, in bytes: enough for JSON at its deepest and for thousands of nested calls.
pub(crate) const STACK_BYTES: usize = 8 << 20;

/// Native stack that a component may use, in bytes. It is a part of the thread's: what is left is for host functions.
const COMPONENT_STACK_BYTES: usize = 512 << 10;

/// Most memory of one linear memory of a component, in bytes: the most that a manifest may ask for.
pub(crate) const COMPONENT_MEMORY_BYTES: usize = 256 << 20;

/// Most core instances, memories and tables of one component, and elements of a table. Components of composed languages
/// have many: Python 112 instances, `QuickJS` 54 and three memories; the largest table seen has 7,696 elements.
pub(crate) const CORE_INSTANCES: u32 = 200;
pub(crate) const MEMORIES: u32 = 8;
pub(crate) const TABLES: u32 = 16;
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// The one configuration for core modules, shared by the ahead-of-time compilation and the runtime, which refuses an artifact
/// of another.
///
/// Every WebAssembly proposal that guests do not need is off: most of wasmtime's advisories lie there. Epochs stop a guest
/// at every loop and call; fuel would cost two to three times as much.
pub(crate) fn config() -> Config {
    let mut config = common();
    config.wasm_multi_memory(false).wasm_extended_const(false).wasm_component_model(false);
    // The second is of no use here, but the first may not exceed it.
    config.max_wasm_stack(STACK_BYTES).async_stack_size(STACK_BYTES);
    config
}

/// The one configuration for components.
///
/// Multiple memories stay on: a component that is a composition has adapters between two memories, and without the proposal
/// wasmtime panics while it compiles one. Everything asynchronous is off, as are threads, garbage collection and exceptions.
pub(crate) fn component_config() -> Config {
    let mut config = common();
    config.wasm_component_model(true).concurrency_support(false).shared_memory(false);
    config.max_wasm_stack(COMPONENT_STACK_BYTES).async_stack_size(COMPONENT_STACK_BYTES);
    config
}

/// Slots for `most` components at a time, whose memory is kept ready between two uses: instantiating one takes no system call
/// that maps memory.
pub(crate) fn pool(most: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(most).max_component_instance_size(2 << 20);
    pool.total_core_instances(most * 128)
        .max_core_instance_size(2 << 20)
        .max_core_instances_per_component(CORE_INSTANCES);
    pool.total_memories(most * 4).max_memories_per_component(MEMORIES).max_memories_per_module(2);
    pool.max_memory_size(COMPONENT_MEMORY_BYTES);
    pool.total_tables(most * 8).max_tables_per_component(TABLES).max_tables_per_module(4);
    pool.table_elements(TABLE_ELEMENTS);
    // What stays resident of an unused slot, at most.
    pool.linear_memory_keep_resident(256 << 10).table_keep_resident(16 << 10).max_unused_warm_slots(16);
    InstanceAllocationStrategy::Pooling(pool)
}

fn common() -> Config {
    let mut config = Config::new();
    config
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_custom_page_sizes(false)
        .wasm_stack_switching(false)
        .wasm_wide_arithmetic(false);
    config.epoch_interruption(true).consume_fuel(false);
    config.memory_init_cow(true).generate_address_map(false);
    config.wasm_backtrace_max_frames(NonZeroUsize::new(8));
    config
}

/// The same for another machine: the generic processor of `target` (a target triple), not the one at hand, so that an
/// executable built on a new machine runs on an old one.
/// Cranelift only, never Winch.
#[cfg(feature = "compiler")]
pub(crate) fn compiling(mut config: Config, target: &str) -> Result<Config, SandboxError> {
    config.strategy(Strategy::Cranelift).cranelift_opt_level(OptLevel::Speed);
    config.target(target).map_err(|source| SandboxError::target(target, source))?;
    Ok(config)
}
