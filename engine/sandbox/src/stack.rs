use std::marker::PhantomData;
use std::thread;

use crate::SandboxError;
use crate::config::STACK_BYTES;

/// Room for the host's own frames above and below those of the guest.
const HOST_BYTES: usize = 2 << 20;

/// Proof that this thread has the stack that guests may use: [`on_guest_stack`] hands it out, and it cannot leave its thread.
///
/// A guest that may use more stack than its thread has would end the process instead of trapping.
#[derive(Debug)]
pub struct GuestStack {
    stays_here: PhantomData<*const ()>,
}

/// Runs `work` on a new thread whose stack is large enough for guests, and waits for it. The memory is only reserved, and
/// given back afterwards.
///
/// # Errors
/// [`SandboxError::Thread`] when no thread can be had, [`SandboxError::Panicked`] when `work` panics: a mistake in the host
/// must not take the caller along.
pub fn on_guest_stack<T: Send>(work: impl FnOnce(&GuestStack) -> T + Send) -> Result<T, SandboxError> {
    thread::scope(|scope| {
        let thread = builder("sandbox-guest").spawn_scoped(scope, || GuestStack::here(work));
        thread.map_err(SandboxError::Thread)?.join().map_err(|_| SandboxError::Panicked)
    })
}

/// Makes threads with that stack.
pub(crate) fn builder(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES + HOST_BYTES)
}

impl GuestStack {
    /// For a thread that [`builder`] made.
    pub(crate) fn here<T>(work: impl FnOnce(&Self) -> T) -> T {
        work(&Self { stays_here: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_stays_on_its_thread() {
        assert!(matches!(on_guest_stack(|_| 1), Ok(1)));
        let refused = on_guest_stack(|_| assert!(std::hint::black_box(false)));
        assert!(matches!(refused, Err(SandboxError::Panicked)));
    }
}
