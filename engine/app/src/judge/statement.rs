use std::collections::BTreeMap;

use assay_attest::{Evaluation as Recorded, Predicate, Reference, Violation as RecordedViolation};
use assay_model::{Enforcement, Evaluation, EvaluationStatus};
use serde_json::Value;

/// The key of evaluations of the whole attestation in a predicate.
const ATTESTATION: &str = "CHAINLOOP.ATTESTATION";

/// The counters of a predicate (Chainloop's rules: an evaluation counts once, violations each).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counters {
    /// Evaluations.
    evaluations: u64,
    /// Violations.
    violations: u64,
    /// Evaluations without a violation that were not skipped.
    passed: u64,
    /// Evaluations that were skipped.
    skipped: u64,
}

impl Counters {
    fn of(evaluations: &[Evaluation]) -> Self {
        let with = |status| count(evaluations.iter().filter(|e| e.status == status).count());
        Self {
            evaluations: count(evaluations.len()),
            violations: count(evaluations.iter().map(|e| e.violations.len()).sum()),
            passed: with(EvaluationStatus::Passed),
            skipped: with(EvaluationStatus::Skipped),
        }
    }
}

/// Writes `evaluations` and their counters into a predicate, in place of whatever it said of policies: a client's claims
/// are a hint, and no policy of the server sees them.
pub fn record(predicate: &mut Predicate, evaluations: &[Evaluation]) {
    let counters = Counters::of(evaluations);
    let gated = |e: &&Evaluation| e.enforcement == Enforcement::Enforce;
    let blocked = evaluations.iter().filter(gated).any(|e| e.status == EvaluationStatus::Violated);
    let mut by_subject: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
    for evaluation in evaluations {
        let key = evaluation.material.as_ref().map_or(ATTESTATION, |name| name.as_str());
        by_subject.entry(key.to_owned()).or_default().push(recorded(evaluation));
    }
    predicate.policy_evaluations = by_subject;
    predicate.policy_evaluations_ref = None;
    predicate.policy_has_violations = counters.violations > 0;
    predicate.policy_evaluations_count = counters.evaluations;
    predicate.policy_violations_count = counters.violations;
    predicate.policy_skipped_count = counters.skipped;
    predicate.policy_passed_count = counters.passed;
    predicate.policy_suppressed_count = 0;
    predicate.policy_has_gated_violations = blocked;
    predicate.policy_has_gates = evaluations.iter().any(|e| gated(&e));
    "ENFORCED".clone_into(&mut predicate.policy_check_blocking_strategy);
    predicate.policy_block_bypass_enabled = false;
    predicate.policy_att_blocked = blocked;
    // Whatever else somebody calls a policy result is not ours.
    predicate.other.retain(|key, _| !key.to_ascii_lowercase().starts_with("policy"));
}

fn recorded(evaluation: &Evaluation) -> Recorded {
    let violation = |v: &assay_model::Violation| RecordedViolation {
        subject: evaluation.policy.to_string(),
        message: v.message.clone(),
        other: v.fields.clone(),
    };
    let mut recorded = Recorded {
        name: evaluation.policy.to_string(),
        material_name: evaluation.material.as_ref().map(ToString::to_string).unwrap_or_default(),
        policy_reference: evaluation.policy_digest.map(|digest| Reference {
            name: evaluation.policy.to_string(),
            digest: BTreeMap::from([("sha256".to_owned(), digest.hex())]),
            ..Reference::default()
        }),
        violations: evaluation.violations.iter().map(violation).collect(),
        kind: evaluation.kind.as_str().to_owned(),
        skipped: evaluation.status == EvaluationStatus::Skipped,
        skip_reasons: evaluation.skip_reasons.clone(),
        gate: evaluation.enforcement == Enforcement::Enforce,
        ..Recorded::default()
    };
    if let Some(error) = &evaluation.error {
        let told = serde_json::json!({"code": error.code, "message": error.message});
        recorded.other.insert("error".to_owned(), Value::clone(&told));
    }
    recorded
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
