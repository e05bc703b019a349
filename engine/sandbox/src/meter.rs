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
}

impl Meter {
    pub(crate) fn start(budget: Budget) -> Self {
        Self { budget, cpu_at_start: thread_cpu(), started: Instant::now() }
    }

    /// The reason to stop now, if there is one.
    pub(crate) fn exceeded(&self) -> Option<Trap> {
        if thread_cpu().saturating_sub(self.cpu_at_start) >= self.budget.cpu {
            return Some(Trap::CpuBudget(self.budget.cpu));
        }
        (self.started.elapsed() >= self.budget.wall).then_some(Trap::WallDeadline(self.budget.wall))
    }
}

/// CPU time that this thread has used (`CLOCK_THREAD_CPUTIME_ID`).
fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
