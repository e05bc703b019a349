use std::time::Duration;

use wasmtime::PoolConcurrencyLimitError;

use crate::SandboxError;
use crate::state::State;

/// How a guest ended before it answered. Its instance must not be used again.
#[derive(Debug, thiserror::Error)]
pub enum Trap {
    /// It used up its CPU time.
    #[error("the CPU budget of {} ms is used up", .0.as_millis())]
    CpuBudget(Duration),
    /// It had the CPU time left, but too much time passed.
    #[error("no answer within {} ms", .0.as_millis())]
    WallDeadline(Duration),
    /// It asked for more memory than its cap.
    #[error("the memory cap of {} MiB is reached", .0 >> 20)]
    Memory(usize),
    /// It called itself too deeply.
    #[error("the call stack is exhausted")]
    StackOverflow,
    /// Its answer is longer than the host reads.
    #[error("the answer has {size} bytes, the limit is {limit}")]
    Output {
        /// Length of the answer in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// It panicked, or broke the interface. The text is its own.
    #[error("{0}")]
    Guest(String),
    /// The sandbox failed, not the guest.
    #[error(transparent)]
    Host(#[from] SandboxError),
}

impl Trap {
    /// What stopped a guest: first what the host noted while it ran, then what the engine says.
    pub(crate) fn of(error: &wasmtime::Error, state: &mut State) -> Self {
        if let Some(noted) = state.take_reason() {
            return noted;
        }
        if error.is::<PoolConcurrencyLimitError>() {
            return Self::Host(SandboxError::Busy);
        }
        match error.downcast_ref::<wasmtime::Trap>() {
            // The guest's own stack lies at the start of its memory: what overflows it, falls out of the memory.
            Some(wasmtime::Trap::StackOverflow | wasmtime::Trap::MemoryOutOfBounds) => Self::StackOverflow,
            Some(trap) => Self::Guest(trap.to_string()),
            None => Self::Guest(error.root_cause().to_string()),
        }
    }
}
