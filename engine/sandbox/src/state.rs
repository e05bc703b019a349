use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::Trap;
use crate::config::{CORE_INSTANCES, MEMORIES, TABLE_ELEMENTS, TABLES};
use crate::meter::{Budget, Meter};

/// How much a guest may consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A core module.
    Module,
    /// A component: a composition of many.
    Component,
}

/// What the host keeps for one instance: what it has used, and why it was stopped.
#[derive(Debug)]
pub(crate) struct State {
    shape: Shape,
    memory_cap: usize,
    memory_used: usize,
    meter: Option<Meter>,
    reason: Option<Trap>,
}

impl State {
    pub(crate) fn new(shape: Shape, memory_cap: usize) -> Self {
        Self { shape, memory_cap, memory_used: 0, meter: None, reason: None }
    }

    /// Bytes of all memories together. They do not shrink, so it is also the most.
    pub(crate) fn memory_used(&self) -> usize {
        self.memory_used
    }

    /// Time on the wall that is left; none when no call runs.
    pub(crate) fn wall_left(&self) -> Duration {
        self.meter.as_ref().map_or(Duration::ZERO, Meter::wall_left)
    }

    /// The measuring of the call that runs.
    pub(crate) fn meter(&mut self) -> Option<&mut Meter> {
        self.meter.as_mut()
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

    /// Notes why the host stops the guest.
    pub(crate) fn stopped(&mut self, reason: Trap) {
        self.reason = Some(reason);
    }

    pub(crate) fn take_reason(&mut self) -> Option<Trap> {
        self.reason.take()
    }

    fn most(&self, of_a_module: usize, of_a_component: u32) -> usize {
        match self.shape {
            Shape::Module => of_a_module,
            Shape::Component => of_a_component as usize,
        }
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
        self.most(1, CORE_INSTANCES)
    }

    fn memories(&self) -> usize {
        self.most(1, MEMORIES)
    }

    fn tables(&self) -> usize {
        self.most(4, TABLES)
    }
}
