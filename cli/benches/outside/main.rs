//! The budgets of the product, measured from outside with the executable itself: `./x bench`.
//!
//! Each figure stands beside something that the same machine does at the same time, because machines differ and are
//! noisy: compare the ratios. `docs/benchmarks.md` has the figures of one run.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod blobs;
mod cold;
mod evaluation;
mod plane;
mod pushes;

use std::time::{Duration, Instant};

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}

/// The median of a series.
fn median(mut series: Vec<Duration>) -> Duration {
    series.sort();
    series[series.len() / 2]
}

fn timed(mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}

fn main() {
    say("| what | figure | beside |");
    say("|---|---|---|");
    cold::measure();
    evaluation::measure();
    pushes::measure();
    blobs::measure();
}
