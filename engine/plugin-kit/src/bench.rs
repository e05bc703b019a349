use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_ports::{CallFailure, Function, MemoryState};
use serde::Serialize;
use serde_json::json;

use crate::conform::Subject;
use crate::documents::delivery_context;
use crate::evidence::{sample_envelope, sample_materials};
use crate::stage::Stage;
use crate::workbench::{Local, Trial, Workbench};
use crate::{KitError, sample};

/// What a delivery costs where the network costs nothing.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Calls of `execute`, each in a fresh instance.
    pub calls: u32,
    /// Half of them took at most this long, in microseconds.
    pub p50_us: u64,
    /// And 99 of 100 at most this.
    pub p99_us: u64,
    /// Time on the processor of half of them, in microseconds.
    pub cpu_p50_us: u64,
    /// The most memory that one had, in bytes.
    pub memory: usize,
    /// How many did not succeed, and how the first of them failed.
    pub failed: u32,
    /// How the first of them failed.
    pub failure: Option<String>,
}

/// Calls `execute` so many times, one after the other, before a destination that answers at once.
///
/// # Errors
/// [`KitError::Plugin`] when the component is not taken, [`KitError::Input`] when no valid input could be made.
pub async fn measure(local: &Local, subject: Subject<'_>, calls: u32) -> Result<Measured, KitError> {
    let Subject { component, registration, attachment, recorded, now } = subject;
    let bench = Workbench::new(Arc::new(Stage::new(recorded)), local)?;
    let installed = bench.install(component).await?;
    let manifest = &installed.manifest;
    let registrations = sample::registrations(manifest, registration).map_err(KitError::Input)?;
    let attachments = sample::attachments(manifest, attachment).map_err(KitError::Input)?;
    let bound = manifest.bind(&registrations.valid[0]).map_err(KitError::Input)?;
    let function = Function::Execute {
        registration: json!({"configuration": bound.input, "state": {}}),
        attachment: json!({"configuration": attachments.valid[0], "state": {}}),
        envelope: sample_envelope(),
        materials: sample_materials(manifest.materials()),
    };
    let context = delivery_context(manifest.id().as_str(), now, 1);
    let trial = Trial { component: installed.digest, function, context, bound };
    let mut tally = Tally::default();
    for _ in 0..calls.max(1) {
        let started = Instant::now();
        let report = bench.call(trial.clone(), Arc::new(MemoryState::default())).await?;
        tally.add(started.elapsed(), report.cpu, report.memory, report.outcome.err());
    }
    Ok(tally.sum())
}

#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    cpu: Vec<Duration>,
    memory: usize,
    failed: u32,
    failure: Option<String>,
}

impl Tally {
    fn add(&mut self, time: Duration, cpu: Duration, memory: usize, failure: Option<CallFailure>) {
        self.times.push(time);
        self.cpu.push(cpu);
        self.memory = self.memory.max(memory);
        if let Some(failure) = failure {
            self.failed += 1;
            self.failure.get_or_insert_with(|| failure.to_string());
        }
    }

    fn sum(mut self) -> Measured {
        self.times.sort_unstable();
        self.cpu.sort_unstable();
        Measured {
            calls: u32::try_from(self.times.len()).unwrap_or(u32::MAX),
            p50_us: quantile(&self.times, 50),
            p99_us: quantile(&self.times, 99),
            cpu_p50_us: quantile(&self.cpu, 50),
            memory: self.memory,
            failed: self.failed,
            failure: self.failure,
        }
    }
}

/// So many percent of the sorted times are at most this, in microseconds (nearest rank).
fn quantile(sorted: &[Duration], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let times: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        assert_eq!((quantile(&times, 50), quantile(&times, 99), quantile(&[], 50)), (100, 198, 0));
    }
}
