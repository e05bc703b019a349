use std::any::Any;
use std::marker::PhantomData;
use std::thread;

use crate::SandboxError;
use crate::config::STACK_BYTES;

/// Room for the host's own frames above and below those of the guest.
const HOST_BYTES: usize = 1 << 20;

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
/// [`SandboxError::Thread`] when no thread can be had.
///
/// # Panics
/// Never itself; a panic of `work` is passed on.
pub fn on_guest_stack<T: Send>(work: impl FnOnce(&GuestStack) -> T + Send) -> Result<T, SandboxError> {
    let builder = thread::Builder::new().name("sandbox-guest".to_owned()).stack_size(STACK_BYTES + HOST_BYTES);
    thread::scope(|scope| {
        let thread = builder.spawn_scoped(scope, || work(&GuestStack { stays_here: PhantomData }));
        let finished = thread.map_err(SandboxError::Thread)?.join();
        Ok(finished.unwrap_or_else(|panic: Box<dyn Any + Send>| std::panic::resume_unwind(panic)))
    })
}
