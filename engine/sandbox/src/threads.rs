use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{GuestStack, SandboxError};

/// How long a thread waits for work before it ends and gives its stack back.
const IDLE: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce(&GuestStack) + Send>;

/// Threads with the stack that guests may use, kept for the next call: starting one would take longer than most calls.
///
/// There are at most as many as were asked for; what is more waits its turn.
#[derive(Debug)]
pub struct GuestThreads {
    shared: Arc<Shared>,
    most: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Work>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl GuestThreads {
    /// At most `most` threads; none is started yet.
    pub fn new(most: usize) -> Self {
        Self { shared: Arc::default(), most }
    }

    /// Runs `work` on one of the threads, as soon as one is free. It answers through something that it holds; a panic in it
    /// is a drop of what it holds.
    ///
    /// # Errors
    /// [`SandboxError::Thread`] when there is no thread, and none can be had.
    pub fn submit(&self, work: impl FnOnce(&GuestStack) + Send + 'static) -> Result<(), SandboxError> {
        let mut queue = self.shared.lock();
        if queue.waiting.len() >= queue.idle && queue.threads < self.most {
            match self.start() {
                Ok(()) => queue.threads += 1,
                Err(error) if queue.threads == 0 => return Err(SandboxError::Thread(error)),
                // The work waits for one of those that there are.
                Err(_) => {}
            }
        }
        queue.waiting.push_back(Box::new(work));
        drop(queue);
        self.shared.changed.notify_one();
        Ok(())
    }

    fn start(&self) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        crate::stack::builder("sandbox-guests").spawn(move || GuestStack::here(|stack| shared.serve(stack))).map(drop)
    }
}

impl Drop for GuestThreads {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stack: &GuestStack) {
        while let Some(work) = self.next() {
            // A mistake of the host must not take the thread along; the panic hook has told of it.
            drop(catch_unwind(AssertUnwindSafe(|| work(stack))));
        }
    }

    /// The next work, or nothing when there was none for a while: then the thread is signed off already.
    fn next(&self) -> Option<Work> {
        let mut queue = self.lock();
        queue.idle += 1;
        let nothing = |queue: &mut Queue| queue.waiting.is_empty() && !queue.closed;
        let (mut queue, _) =
            self.changed.wait_timeout_while(queue, IDLE, nothing).unwrap_or_else(PoisonError::into_inner);
        queue.idle -= 1;
        let work = queue.waiting.pop_front();
        if work.is_none() {
            queue.threads -= 1;
        }
        work
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("waiting", &self.waiting.len())
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn work_waits_its_turn_and_a_panic_costs_no_thread() {
        let threads = GuestThreads::new(2);
        let (sender, answers) = mpsc::channel();
        for i in 0..20_u32 {
            let sender = sender.clone();
            let done = threads.submit(move |_| {
                assert!(i % 5 != 0, "panics now and then");
                sender.send((i, thread::current().id())).unwrap();
            });
            assert!(done.is_ok());
        }
        drop(sender);
        let answers: Vec<_> = answers.iter().collect();
        assert_eq!(answers.len(), 16);
        let used: std::collections::HashSet<_> = answers.iter().map(|(_, thread)| *thread).collect();
        assert!(used.len() <= 2, "{used:?}");
    }
}
