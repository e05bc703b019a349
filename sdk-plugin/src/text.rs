use std::fmt::Write as _;

use crate::{Delivery, Evaluation, Verdict};

/// A delivery in a few lines of plain text: workflow, run, verdict, and each evaluation that was not passed.
pub fn summary(delivery: &Delivery) -> String {
    let (workflow, run) = (&delivery.workflow, &delivery.run);
    let version = run.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let mut text = format!("{}{version} / {}: {}\n", workflow.project, workflow.name, words(run.verdict));
    let mut line = |name: &str, value: &str| text.extend([name, ": ", value, "\n"]);
    line("Run", &run.id);
    line("Attestation", &run.attestation_digest);
    line("Started", &run.started_at);
    if let Some(finished) = &run.finished_at {
        line("Finished", finished);
    }
    if let Some(runner) = &run.runner_type {
        line("Runner", runner);
    }
    if let Some(url) = &run.runner_url {
        line("Runner page", url);
    }
    evaluations(&mut text, &run.evaluations);
    text
}

const fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Compliant => "compliant",
        Verdict::NonCompliant => "not compliant",
        Verdict::Inconclusive => "inconclusive",
    }
}

fn evaluations(text: &mut String, evaluations: &[Evaluation]) {
    let passed = evaluations.iter().filter(|evaluation| evaluation.status == "passed").count();
    if !evaluations.is_empty() {
        let _ = writeln!(text, "Policies: {passed} of {} passed", evaluations.len());
    }
    for evaluation in evaluations.iter().filter(|evaluation| !["passed", "skipped"].contains(&&*evaluation.status)) {
        let subject = evaluation.material.as_deref().unwrap_or("the attestation");
        let _ = write!(text, "- {} on {subject}: {}", evaluation.policy, evaluation.status);
        match evaluation.violations {
            0 => {}
            1 => text.push_str(" (1 violation)"),
            n => {
                let _ = write!(text, " ({n} violations)");
            }
        }
        text.push('\n');
    }
}

/// At most `limit` characters of a text; one that is cut ends with an ellipsis.
pub fn truncate(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    if limit > 0 {
        short.push('…');
    }
    short
}
