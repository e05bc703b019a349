use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Trap;

/// What one call of a guest may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// CPU time of the thread.
    pub cpu: Duration,
    /// Time on the wall, which also runs while other threads have the processor.
    pub wall: Duration,
}

/// Measures one call against its budget, on the thread that made it.
#[derive(Debug)]
pub(crate) struct Meter {
    budget: Budget,
    cpu_at_start: Duration,
    started: Instant,
    of_the_host: Duration,
}

impl Meter {
    pub(crate) fn start(budget: Budget) -> Self {
        Self { budget, cpu_at_start: thread_cpu(), started: Instant::now(), of_the_host: Duration::ZERO }
    }

    /// The reason to stop now, if there is one.
    pub(crate) fn exceeded(&self) -> Option<Trap> {
        if self.cpu() >= self.budget.cpu {
            return Some(Trap::CpuBudget(self.budget.cpu));
        }
        self.wall_left().is_zero().then_some(Trap::WallDeadline(self.budget.wall))
    }

    /// CPU time that the guest has used.
    pub(crate) fn cpu(&self) -> Duration {
        thread_cpu().saturating_sub(self.cpu_at_start).saturating_sub(self.of_the_host)
    }

    /// Time since the start.
    pub(crate) fn wall(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time on the wall that is left.
    pub(crate) fn wall_left(&self) -> Duration {
        self.budget.wall.saturating_sub(self.started.elapsed())
    }

    /// Takes note that the host, and not the guest, worked on this thread since `before` (an earlier [`thread_cpu`]).
    pub(crate) fn host_worked_since(&mut self, before: Duration) {
        self.of_the_host += thread_cpu().saturating_sub(before);
    }
}

/// CPU time that this thread has used (`CLOCK_THREAD_CPUTIME_ID`).
pub(crate) fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
