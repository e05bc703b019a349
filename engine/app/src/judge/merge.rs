use assay_contract::Branch;
use assay_model::{Enforcement, Evaluation, EvaluationError, EvaluationStatus, Violation};
use assay_ports::{Finding, ScriptError, ScriptOutcome, ScriptResult, ScriptRun};

use super::plan::Plan;

/// The reason of an evaluation of which every branch said `ignore`.
const IGNORED: &str = "ignored";
/// The reason of an evaluation that is turned off.
const DISABLED: &str = "disabled";

/// Merges the answers of a policy's branches into one evaluation: violations are joined, it is skipped when every branch
/// says so, and one branch that could not be judged spoils it, unless another one found something.
pub(super) fn evaluation(plan: &Plan<'_>, runs: Vec<ScriptRun>) -> Evaluation {
    if plan.enforcement == Enforcement::Off {
        let mut off = plan.blank(EvaluationStatus::Skipped);
        off.skip_reasons.push(DISABLED.to_owned());
        return off;
    }
    let mut merged = plan.blank(EvaluationStatus::Passed);
    merged.error = plan.refusal();
    let mut results = vec![];
    for (run, (branch, _)) in runs.into_iter().zip(plan.runnable()) {
        merged.duration_us += run.duration_us;
        match run.outcome {
            ScriptOutcome::Answered(result) => results.push(result),
            ScriptOutcome::Failed(error) => {
                merged.error.get_or_insert_with(|| described(branch, &error));
            }
        }
    }
    settle(&mut merged, results);
    merged
}

fn settle(merged: &mut Evaluation, results: Vec<ScriptResult>) {
    let heard = results.iter().any(|result| !result.ignore);
    let counted: Vec<_> = results.into_iter().filter(|result| !result.ignore).collect();
    let skipped = counted.iter().all(|result| result.skipped);
    for result in counted {
        merged.violations.extend(result.violations.into_iter().map(violation));
        merged.skip_reasons.extend(result.skip_reason.filter(|reason| skipped && !reason.is_empty()));
    }
    if !heard && merged.error.is_none() {
        merged.skip_reasons.push(IGNORED.to_owned());
    }
    merged.status = if !merged.violations.is_empty() && !skipped {
        EvaluationStatus::Violated
    } else if merged.error.is_some() {
        EvaluationStatus::Error
    } else if skipped {
        EvaluationStatus::Skipped
    } else {
        EvaluationStatus::Passed
    };
    if merged.status != EvaluationStatus::Skipped {
        merged.skip_reasons.clear();
    }
    if merged.status != EvaluationStatus::Violated {
        merged.violations.clear();
    }
}

fn violation(finding: Finding) -> Violation {
    Violation { message: finding.message, fields: finding.fields }
}

/// The error with its place in the document as its author wrote it.
fn described(branch: &Branch, error: &ScriptError) -> EvaluationError {
    let place = error.line.map(|line| branch.place(line, error.column.unwrap_or(1)));
    let message = match place.as_ref().map(|p| (p.line, p.column)) {
        Some((Some(line), Some(column))) => format!("line {line}, column {column}: {}", error.message),
        _ => error.message.clone(),
    };
    EvaluationError { code: error.code.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use assay_base::MaterialKind;
    use serde_json::Map;

    use super::*;

    fn blank() -> Evaluation {
        Evaluation {
            policy: "p".parse().unwrap(),
            policy_digest: None,
            kind: MaterialKind::Sarif,
            material: None,
            phase: None,
            enforcement: Enforcement::Enforce,
            status: EvaluationStatus::Passed,
            violations: vec![],
            skip_reasons: vec![],
            error: None,
            duration_us: 0,
        }
    }

    fn said(skipped: bool, ignore: bool, violations: &[&str]) -> ScriptResult {
        let finding = |message: &&str| Finding { message: (*message).to_owned(), fields: Map::new() };
        ScriptResult {
            skipped,
            ignore,
            skip_reason: skipped.then(|| "no".to_owned()),
            violations: violations.iter().map(finding).collect(),
        }
    }

    #[test]
    fn branches_are_merged_as_the_reference_merges_them() {
        use EvaluationStatus::{Error, Passed, Skipped, Violated};
        let cases: [(&[ScriptResult], bool, EvaluationStatus, &[&str]); 9] = [
            (&[said(false, false, &[])], false, Passed, &[]),
            (&[said(true, false, &[])], false, Skipped, &["no"]),
            (&[said(true, false, &[]), said(false, false, &[])], false, Passed, &[]),
            (&[said(true, false, &[]), said(false, false, &["x"])], false, Violated, &[]),
            (&[said(true, false, &["x"])], false, Skipped, &["no"]),
            (&[said(false, true, &["x"])], false, Skipped, &["ignored"]),
            (&[said(false, true, &[]), said(false, false, &[])], false, Passed, &[]),
            (&[said(false, false, &[])], true, Error, &[]),
            (&[said(false, false, &["x"])], true, Violated, &[]),
        ];
        for (results, failed, status, reasons) in cases {
            let mut merged = blank();
            merged.error = failed.then(|| EvaluationError { code: "c".into(), message: "m".into() });
            settle(&mut merged, results.to_vec());
            assert_eq!(
                (merged.status, &merged.skip_reasons[..]),
                (status, &reasons.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>()[..]),
                "{results:?}"
            );
        }
    }

    #[test]
    fn nothing_that_answered_and_an_error_is_an_error() {
        let mut merged = blank();
        merged.error = Some(EvaluationError { code: "c".into(), message: "m".into() });
        settle(&mut merged, vec![]);
        assert_eq!(merged.status, EvaluationStatus::Error);
    }
}
