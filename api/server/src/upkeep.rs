use std::time::Duration;

use assay_app::upkeep::{SWEEP_EVERY, judge_owed, sweep};
use assay_app::{App, AppError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::Metrics;
use crate::dispatcher::dispatch;

/// How often the server looks for attestations that nobody has judged.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Does what a server does by itself until `shutdown`: judges what is owed every second, removes forgotten blobs every hour,
/// sends deliveries. What is interrupted stays owed.
pub async fn upkeep(app: App, metrics: Metrics, shutdown: CancellationToken) {
    let sending = dispatch(app.clone(), metrics.clone(), shutdown.clone());
    let rest = async {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = judging(&app, &metrics) => {}
            () = sweeping(&app, &metrics) => {}
        }
    };
    tokio::join!(sending, rest);
}

async fn judging(app: &App, metrics: &Metrics) {
    let mut clock = clock(LOOK_EVERY);
    loop {
        clock.tick().await;
        metrics.judged(note("judging", judge_owed(app).await));
    }
}

async fn sweeping(app: &App, metrics: &Metrics) {
    let mut clock = clock(SWEEP_EVERY);
    loop {
        clock.tick().await;
        metrics.removed(note("sweeping", sweep(app).await));
    }
}

/// Ticks a period from now for the first time, and never twice at once.
fn clock(period: Duration) -> Interval {
    let mut clock = interval_at(Instant::now() + period, period);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock
}

/// How many that were; failures are told and tried again the next time.
fn note(what: &str, done: Result<usize, AppError>) -> usize {
    done.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "{what} failed");
        0
    })
}
