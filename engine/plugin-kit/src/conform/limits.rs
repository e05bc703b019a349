use std::time::{Duration, Instant};

use assay_ports::CallFailure;

use super::actor::{Actor, Outcome, kind, verdict};
use crate::evidence::large;
use crate::stage::Mood;

/// The large piece of evidence.
const LARGE: u64 = 100 << 20;
/// What the memory of a guest may grow by, for a piece of evidence of any size.
const GROWTH: usize = 4 << 20;
/// The time on the wall that a call before a silent destination has.
const WALL: Duration = Duration::from_millis(500);
/// What ending a call may take.
const ENDING: Duration = Duration::from_millis(500);

pub(super) async fn resources(actor: &Actor<'_>) -> Outcome {
    actor.again(Mood::Good);
    let small = actor.execute(1).await?;
    let limits = actor.manifest.limits();
    let mut wrong = vec![];
    if small.requests.len() > limits.requests as usize {
        wrong.push(format!("{} requests, {} are its limit", small.requests.len(), limits.requests));
    }
    let mut peak = small.memory;
    if let Some(kind_of) = actor.manifest.materials().first() {
        actor.again(Mood::Good);
        let heavy = actor.deliver(1, &actor.bound, vec![large(*kind_of, LARGE)]).await?;
        peak = peak.max(heavy.memory);
        if let Err(failure) = &heavy.outcome {
            wrong.push(format!("100 MiB of evidence make it fail: {}", kind(failure)));
        }
        if heavy.memory > small.memory + GROWTH {
            let (before, after) = (small.memory >> 20, heavy.memory >> 20);
            wrong.push(format!(
                "100 MiB of evidence take its memory from {before} MiB to {after} MiB: send the blob, do not read it"
            ));
        }
    }
    let (used, most) = (peak.div_ceil(1 << 20), limits.memory >> 20);
    let right =
        format!("{used} of {most} MiB, {} of {} ms on the processor", small.cpu.as_millis(), limits.cpu.as_millis());
    Ok(verdict(wrong, right))
}

pub(super) async fn time(actor: &Actor<'_>) -> Outcome {
    actor.again(Mood::Silent(Duration::from_secs(30)));
    let mut bound = actor.bound.clone();
    bound.limits.wall = WALL;
    let started = Instant::now();
    let report = actor.deliver(1, &bound, vec![]).await?;
    let took = started.elapsed();
    let mut wrong = vec![];
    if took > WALL + ENDING {
        wrong.push(format!("a silent destination holds it for {} ms", took.as_millis()));
    }
    match &report.outcome {
        Ok(_) if !report.requests.is_empty() => wrong.push("a silent destination is taken for a success".to_owned()),
        Ok(_) | Err(CallFailure::Retryable { .. } | CallFailure::Trap { code: "wall", .. }) => {}
        Err(failure) => wrong.push(format!("a silent destination must be retryable, not {}", kind(failure))),
    }
    Ok(verdict(wrong, format!("ended after {} ms", took.as_millis())))
}

pub(super) async fn state(actor: &Actor<'_>) -> Outcome {
    actor.again(Mood::Good);
    let mut wrong = vec![];
    if !actor.state.is_object() {
        wrong.push("what `register` answers must be an object".to_owned());
    }
    for (what, report) in [("check", actor.check().await?), ("execute", actor.execute(1).await?)] {
        if let Err(failure) = report.outcome {
            wrong.push(format!("`{what}` with the state of the registration fails: {}", kind(&failure)));
        }
    }
    Ok(verdict(wrong, format!("{} bytes, taken back by `check` and `execute`", actor.state.to_string().len())))
}
