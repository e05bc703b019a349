//! Evaluations as they travel and are stored, and as the engine knows them.

use assay_model as model;
use assay_wire as wire;

/// The form that travels.
pub(crate) use assay_server::convert::evaluation as to_wire;

/// The form that the engine knows. A word that it does not know becomes the worst that it could mean.
pub(crate) fn from_wire(evaluation: &wire::Evaluation) -> model::Evaluation {
    use model::{Enforcement, EvaluationStatus, Phase};
    let violation = |v: &wire::Violation| model::Violation { message: v.message.clone(), fields: v.fields.clone() };
    let error = |e: &wire::EvaluationError| model::EvaluationError { code: e.code.clone(), message: e.message.clone() };
    let phases = [Phase::Init, Phase::Push];
    let enforcements = [Enforcement::Warn, Enforcement::Off];
    let statuses = [EvaluationStatus::Passed, EvaluationStatus::Violated, EvaluationStatus::Skipped];
    let status = statuses.into_iter().find(|status| status.as_str() == evaluation.status);
    let enforcement = enforcements.into_iter().find(|word| word.as_str() == evaluation.enforcement);
    model::Evaluation {
        policy: evaluation.policy.clone(),
        policy_digest: evaluation.policy_digest,
        kind: evaluation.kind,
        material: evaluation.material.clone(),
        phase: phases.into_iter().find(|phase| evaluation.phase.as_deref() == Some(phase.as_str())),
        enforcement: enforcement.unwrap_or(Enforcement::Enforce),
        status: status.unwrap_or(EvaluationStatus::Error),
        violations: evaluation.violations.iter().map(violation).collect(),
        skip_reasons: evaluation.skip_reasons.clone(),
        error: evaluation.error.as_ref().map(error),
        duration_us: evaluation.duration_us,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_the_same() {
        for status in ["passed", "violated", "skipped", "error"] {
            for enforcement in ["enforce", "warn", "off"] {
                let there = wire::Evaluation {
                    policy: "p".parse().unwrap(),
                    policy_digest: None,
                    kind: assay_base::MaterialKind::Sarif,
                    material: Some("m".parse().unwrap()),
                    phase: Some("PUSH".to_owned()),
                    enforcement: enforcement.to_owned(),
                    status: status.to_owned(),
                    violations: vec![],
                    skip_reasons: vec!["r".to_owned()],
                    error: Some(wire::EvaluationError { code: "c".to_owned(), message: "m".to_owned() }),
                    duration_us: 7,
                };
                assert_eq!(to_wire(&from_wire(&there)), there);
            }
        }
    }
}
