//! The clock and the randomness of this machine, and waiting for its network.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_base::{Clock, Entropy, Timestamp};
use assay_wire::Exit;

use crate::error::CliError;

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The randomness of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            // Without randomness every key and token would be one that somebody can foresee.
            std::process::abort();
        }
    }
}

/// Runs work that asks the network, until the user interrupts it.
///
/// # Errors
/// [`CliError`] with exit 130 when that happens.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CliError> {
    let failed = |error| CliError::new(Exit::Unexpected, "runtime", "cannot start the runtime").because(error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        tokio::select! {
            done = work => Ok(done),
            _ = tokio::signal::ctrl_c() => Err(CliError::new(Exit::Interrupted, "interrupted", "interrupted")),
        }
    })
}
