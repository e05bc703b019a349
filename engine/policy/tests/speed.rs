//! One parse serves all policies of a document; figures are printed with `--nocapture`.

mod common;

use std::time::{Duration, Instant};

use assay_policy::RegoEvaluator;
use assay_ports::Evaluator;
use common::{request, sbom, script, told};

const LICENSES: &str = "package main\nimport rego.v1\nviolations contains msg if {\n  some c in input.components\n  not c.licenses\n  \
    msg := sprintf(\"%s has no license\", [c.name])\n}\n";

fn best_of(times: usize, work: impl Fn()) -> Duration {
    let run = |_| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..times).map(run).min().unwrap_or_default()
}

#[test]
fn five_policies_cost_little_more_than_one() {
    let document = sbom(4_500);
    let evaluator = RegoEvaluator::default();
    let started = Instant::now();
    assert_eq!(told(&evaluator.evaluate(&request("{}", vec![script(LICENSES)]))[0]), "passed");
    let cold = started.elapsed();
    let one = request(&document, vec![script(LICENSES)]);
    let five = request(&document, vec![script(LICENSES); 5]);
    let took_one = best_of(7, || assert_eq!(told(&evaluator.evaluate(&one)[0]), "passed"));
    let took_five = best_of(7, || assert_eq!(evaluator.evaluate(&five).len(), 5));
    let small = request(&sbom(1), vec![script(LICENSES)]);
    let took_small = best_of(20, || assert_eq!(evaluator.evaluate(&small).len(), 1));
    println!(
        "first evaluation {cold:?}, 1 KB {took_small:?}; {} bytes: one {took_one:?}, five {took_five:?}",
        document.len()
    );
    assert!(took_five < took_one * 3, "one {took_one:?}, five {took_five:?}");
}
