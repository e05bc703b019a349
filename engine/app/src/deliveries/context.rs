use assay_model::{Delivery, Evaluation, Run, RunVerdict};
use serde_json::{Value, json};

/// What an integration is told of the run whose evidence it delivers.
pub(super) fn context(delivery: &Delivery, run: &Run, verdict: &RunVerdict) -> Value {
    json!({
        "attempt": delivery.attempts.saturating_add(1),
        "delivery_id": delivery.id,
        "workflow": {"id": run.workflow_id, "name": run.workflow, "project": run.project, "team": null},
        "run": {
            "id": run.id,
            "state": run.state.as_str(),
            "verdict": verdict.verdict.as_str(),
            "warnings": verdict.warnings(),
            "started_at": run.created_at,
            "finished_at": run.finished_at,
            "runner_type": run.runner.kind,
            "runner_url": run.runner.url,
            "attestation_digest": run.digest,
            "version": run.version,
            "evaluations": verdict.evaluations.iter().map(evaluation).collect::<Vec<_>>(),
        },
    })
}

fn evaluation(evaluation: &Evaluation) -> Value {
    json!({
        "policy": evaluation.policy,
        "material": evaluation.material,
        "kind": evaluation.kind,
        "status": evaluation.status.as_str(),
        "enforcement": evaluation.enforcement.as_str(),
        "violations": evaluation.violations.len(),
    })
}
