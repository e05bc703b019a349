use wasmtime::ResourceLimiter;

use crate::Trap;
use crate::meter::{Budget, Meter};

/// Most elements of a guest's tables; the Rego guest has about 2,500.
const TABLE_ELEMENTS: usize = 20_000;

/// What the host keeps for one instance: what it has used, and why it was stopped.
#[derive(Debug)]
pub(crate) struct State {
    memory_cap: usize,
    memory_used: usize,
    meter: Option<Meter>,
    reason: Option<Trap>,
}

impl State {
    pub(crate) fn new(memory_cap: usize) -> Self {
        Self { memory_cap, memory_used: 0, meter: None, reason: None }
    }

    /// Begins the measuring of a call.
    pub(crate) fn begin(&mut self, budget: Budget) {
        self.meter = Some(Meter::start(budget));
    }

    /// Whether the call may go on; notes why not.
    pub(crate) fn may_continue(&mut self) -> bool {
        let exceeded = self.meter.as_ref().and_then(Meter::exceeded);
        let goes_on = exceeded.is_none();
        if !goes_on {
            self.reason = exceeded;
        }
        goes_on
    }

    /// Notes the message of a guest that is about to trap. A reason that is already known is the better one.
    pub(crate) fn panicked(&mut self, message: String) {
        self.reason.get_or_insert(Trap::Guest(message));
    }

    pub(crate) fn take_reason(&mut self) -> Option<Trap> {
        self.reason.take()
    }

    fn refuse_memory(&mut self) -> wasmtime::Error {
        self.reason = Some(Trap::Memory(self.memory_cap));
        wasmtime::Error::msg("memory cap")
    }
}

/// Counts all memories of the instance against one cap. Refusing is a trap at once: a guest that is told "no" would go on
/// with whatever its allocator makes of it.
impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.memory_used.saturating_add(desired.saturating_sub(current));
        if used > self.memory_cap {
            return Err(self.refuse_memory());
        }
        self.memory_used = used;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(self.refuse_memory())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        4
    }
}
