use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

use crate::SandboxError;

/// Time between two looks at the meter.
const TICK: Duration = Duration::from_millis(5);

/// Advances the engine's epoch while guests run, from a thread of its own that starts with the first guest and sleeps
/// when none runs.
#[derive(Debug, Default)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<Running>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Running {
    guests: usize,
    thread_started: bool,
    stop: bool,
}

/// Keeps the ticker going while it lives.
#[derive(Debug)]
pub(crate) struct Ticking {
    shared: Arc<Shared>,
}

impl Ticker {
    /// Ticks until the answer is dropped.
    pub(crate) fn tick(&self, engine: &Engine) -> Result<Ticking, SandboxError> {
        let mut state = self.shared.lock();
        if !state.thread_started {
            let (shared, engine) = (Arc::clone(&self.shared), engine.weak());
            let thread = thread::Builder::new().name("sandbox-ticker".to_owned());
            thread.spawn(move || shared.run(&engine)).map_err(SandboxError::Thread)?;
            state.thread_started = true;
        }
        state.guests += 1;
        self.shared.changed.notify_one();
        Ok(Ticking { shared: Arc::clone(&self.shared) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_one();
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.shared.lock().guests -= 1;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, engine: &EngineWeak) {
        loop {
            let idle = |state: &mut Running| state.guests == 0 && !state.stop;
            let state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
            if state.stop {
                return;
            }
            drop(state);
            thread::sleep(TICK);
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    }
}
