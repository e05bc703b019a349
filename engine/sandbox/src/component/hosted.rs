use std::time::Duration;

use crate::Trap;
use crate::meter::thread_cpu;
use crate::state::{Shape, State};

/// What a host keeps for one component instance, and what the sandbox keeps beside it: host functions are implemented on it.
#[derive(Debug)]
pub struct Hosted<T> {
    pub(crate) state: State,
    host: T,
}

/// How a call of a component ended. The instance is gone.
#[derive(Debug)]
pub struct Ran<T, R> {
    /// The answer, or what stopped it.
    pub outcome: Result<R, Trap>,
    /// What the host kept.
    pub host: T,
    /// CPU time of the guest.
    pub cpu: Duration,
    /// Time on the wall.
    pub wall: Duration,
    /// The most memory that it had, in bytes.
    pub memory: usize,
}

impl<T> Hosted<T> {
    pub(crate) fn new(host: T, memory_cap: usize) -> Self {
        Self { state: State::new(Shape::Component, memory_cap), host }
    }

    pub(crate) fn into_host(self) -> T {
        self.host
    }

    /// What the host keeps.
    pub const fn host(&self) -> &T {
        &self.host
    }

    /// What the host keeps.
    pub const fn host_mut(&mut self) -> &mut T {
        &mut self.host
    }

    /// Time on the wall that is left for the call.
    pub fn wall_left(&self) -> Duration {
        self.state.wall_left()
    }

    /// Runs `work`, which may wait, on the host's account: its CPU time is not the guest's. It is told how much time on the
    /// wall is left, and must not take longer.
    ///
    /// # Errors
    /// The trap to answer from the host function, when no time is left afterwards.
    pub fn on_the_host<R>(&mut self, work: impl FnOnce(&mut T, Duration) -> R) -> wasmtime::Result<R> {
        let before = thread_cpu();
        let left = self.state.wall_left();
        let done = work(&mut self.host, left);
        if let Some(meter) = self.state.meter() {
            meter.host_worked_since(before);
        }
        if self.state.may_continue() { Ok(done) } else { Err(wasmtime::Error::msg("out of time")) }
    }

    /// The trap to answer from a host function to which the guest gave what it must not give.
    pub fn refuse(&mut self, reason: Trap) -> wasmtime::Error {
        self.state.stopped(reason);
        wasmtime::Error::msg("refused")
    }
}
