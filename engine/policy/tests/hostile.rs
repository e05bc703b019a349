//! A policy may be wrong in any way: it costs an error in time and in memory, never the process, never its neighbours.

mod common;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use assay_policy::{Limits, RegoEvaluator};
use assay_ports::{Evaluator, ScriptOutcome};
use common::{request, sbom, script, told};

/// Name, the policy's rules, and the codes of the errors that may come; no code where an answer may come, too.
fn attacks() -> Vec<(&'static str, String, &'static [&'static str])> {
    let doubling: Vec<String> = (1..40).map(|i| format!("a{i} := concat(\"\", [a{0}, a{0}])\n", i - 1)).collect();
    let brackets = |n: usize| format!("violations contains \"x\" if {}1{} == 1", "[".repeat(n), "]".repeat(n));
    let products = "violations contains msg if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); \
        some k in numbers.range(1, 100000); i * j * k == -1; msg := \"x\" }";
    let memory = "x := [y | some i in numbers.range(1, 100000000); y := sprintf(\"%d-%s\", [i, \"aaaaaaaaaaaaaaaaaaaa\"])]\n\
        violations contains \"x\" if count(x) > 1";
    let squares: Vec<String> = (1..30).map(|i| format!("a{i} := a{0} * a{0}\n", i - 1)).collect();
    let stopped: &[&str] = &["policy-budget", "policy-memory"];
    vec![
        ("endless product", products.into(), stopped),
        ("memory", memory.into(), stopped),
        ("one huge allocation", "violations contains \"x\" if count(numbers.range(1, 1000000000)) > 1".into(), stopped),
        ("huge padding", "violations contains \"x\" if count(sprintf(\"%2000000000d\", [1])) > 1".into(), &[]),
        ("network range", "violations contains \"x\" if count(net.cidr_expand(\"10.0.0.0/2\")) > 1".into(), stopped),
        (
            "doubling strings",
            format!("a0 := \"aaaaaaaaaaaaaaaa\"\n{}violations contains \"x\" if count(a39) > 1", doubling.concat()),
            stopped,
        ),
        ("squares", format!("a0 := 99999999999999999999\n{}violations contains \"x\" if a29 > 1", squares.concat()), &[]),
        ("panic in the evaluator", "violations contains \"x\" if strings.count(\"abc\", \"\") > 0".into(), &[]),
        ("brackets", brackets(25), &["policy-nesting"]),
        ("brackets that pass the scan", brackets(19), &[]),
        ("deep brackets", brackets(5000), &["policy-nesting"]),
        (
            "deep functions",
            "f(x) := y if { x > 0; y := f(x - 1) }\nf(0) := 0\nviolations contains \"x\" if f(100000) == 0".into(),
            &["policy-recursion"],
        ),
        (
            "regex",
            "violations contains \"x\" if regex.match(\"^(([a-z])+.)+[A-Z]([a-z])+$\", concat(\"\", [\"a\" | some _ in \
             numbers.range(1, 50000)]))"
                .into(),
            &[],
        ),
        ("nested repetitions", "violations contains \"x\" if regex.match(`((a{0,1000}){0,1000}){0,1000}`, \"a\")".into(), &[]),
        (
            "big number",
            "violations contains \"x\" if 10 * to_number(concat(\"\", [\"9\" | some _ in numbers.range(1, 1000000)])) > 1".into(),
            &[],
        ),
        ("walk", "violations contains \"x\" if count([1 | walk(input, [p, v]); walk(input, [q, w]); walk(input, [r, z])]) == -1".into(), &[]),
        (
            "huge output",
            "violations contains msg if { some i in numbers.range(1, 2000000); msg := sprintf(\"violation number %d of very \
             many, all alike\", [i]) }"
                .into(),
            &["policy-budget", "policy-memory", "policy-output"],
        ),
        (
            "an answer over the limit",
            "violations contains msg if { some i in numbers.range(1, 9); msg := concat(\"\", [sprintf(\"%d\", [i]), \
             sprintf(\"%1000000d\", [1])]) }"
                .into(),
            &["policy-output"],
        ),
    ]
}

fn policy(rules: &str) -> String {
    format!("package main\nimport rego.v1\n{rules}\n")
}

#[test]
fn every_attack_ends_in_time() {
    let evaluator = RegoEvaluator::default();
    let mut wrong = Vec::new();
    for (name, rules, codes) in attacks() {
        let started = Instant::now();
        let run = evaluator.evaluate(&request(&sbom(200), vec![script(&policy(&rules))])).remove(0);
        let elapsed = started.elapsed();
        println!("{name}: {} in {elapsed:?}, peak {} MiB", told(&run).chars().take(60).collect::<String>(), peak_mib());
        let failed = matches!(&run.outcome, ScriptOutcome::Failed(error) if codes.contains(&error.code));
        if !(failed || codes.is_empty()) || elapsed > Duration::from_secs(8) || run.duration_us > 8_000_000 {
            wrong.push(format!("{name}: {:?} in {elapsed:?}", told(&run)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(peak_mib() < 700, "{} MiB", peak_mib());
}

#[test]
fn the_cpu_budget_is_cpu_time_and_holds() {
    let evaluator = RegoEvaluator::new(Limits { cpu: Duration::from_millis(300), ..Limits::default() });
    let endless = policy(&attacks()[0].1);
    let run = evaluator.evaluate(&request(&sbom(2), vec![script(&endless)])).remove(0);
    assert_eq!(told(&run), "policy-budget 0");
    assert!(run.duration_us >= 300_000 && run.duration_us < 3_000_000, "{run:?}");
}

#[test]
fn the_wall_deadline_holds() {
    let limits = Limits { cpu: Duration::from_mins(1), wall: Duration::from_millis(300), ..Limits::default() };
    let endless = policy(&attacks()[0].1);
    let run = RegoEvaluator::new(limits).evaluate(&request(&sbom(2), vec![script(&endless)])).remove(0);
    assert_eq!(told(&run), "policy-budget 0");
}

#[test]
fn neighbours_of_a_trap_are_judged() {
    let good = policy("violations contains input.bomFormat");
    let limits = Limits { cpu: Duration::from_millis(300), ..Limits::default() };
    let evaluator = RegoEvaluator::new(limits);
    for (name, rules, codes) in attacks().into_iter().filter(|(_, _, codes)| !codes.is_empty()) {
        let bad = policy(&rules);
        let runs = evaluator.evaluate(&request(&sbom(20), vec![script(&good), script(&bad), script(&good)]));
        assert_eq!(
            (told(&runs[0]), told(&runs[2])),
            ("violated: CycloneDX".into(), "violated: CycloneDX".into()),
            "{name}"
        );
        let told = told(&runs[1]);
        let code = told.split(' ').next().unwrap();
        assert!(codes.contains(&code) || code == "policy-budget", "{name}: {told}");
    }
}

#[test]
fn many_at_once_share_one_evaluator() {
    let evaluator = Arc::new(RegoEvaluator::new(Limits { cpu: Duration::from_millis(200), ..Limits::default() }));
    let threads: Vec<_> = (0..6)
        .map(|i| {
            let evaluator = Arc::clone(&evaluator);
            let rules = if i % 2 == 0 { attacks()[0].1.clone() } else { "violations contains \"x\"".to_owned() };
            thread::spawn(move || told(&evaluator.evaluate(&request(&sbom(20 + i), vec![script(&policy(&rules))]))[0]))
        })
        .collect();
    let told: Vec<String> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(told, ["policy-budget 0", "violated: x"].repeat(3));
}

#[test]
fn a_document_that_does_not_fit_is_an_error_of_every_script() {
    let limits = Limits { memory_floor: 8 << 20, memory_ceiling: 8 << 20, ..Limits::default() };
    let good = policy("violations contains \"x\"");
    let runs = RegoEvaluator::new(limits).evaluate(&request(&sbom(20_000), vec![script(&good), script(&good)]));
    assert_eq!(runs.iter().map(told).collect::<Vec<_>>(), ["policy-memory 0", "policy-memory 0"]);
}

/// Greatest resident memory of this process so far, where the system tells.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}
