//! Gates: may this digest pass?

use assay_base::{Digest, DocumentName};
use assay_contract::{Document, Gate};
use assay_model::{Caller, DocumentKind, GateAnswer, GateRule, SkippedRule, WorkflowKey, decide};

use crate::{App, AppError};

/// Asks a gate about a digest.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such gate, or when it asks about a project that the caller does not see.
pub async fn check(app: &App, caller: &Caller, gate: &DocumentName, digest: Digest) -> Result<GateAnswer, AppError> {
    let absent = || AppError::NotFound { what: "gate" };
    let stored = app.repositories.document(caller.org, DocumentKind::Gate, gate, None).await?.ok_or_else(absent)?;
    let rule = match assay_contract::parse_one(&stored.source).map_err(|e| AppError::stored("gate", e))? {
        Document::Gate(gate) => rule(&gate),
        _ => return Err(absent()),
    };
    if !rule.workflows.iter().all(|workflow| caller.sees(&workflow.project)) {
        return Err(absent());
    }
    let latest = app.repositories.latest_outputs(caller.org, digest, &rule.workflows).await?;
    Ok(decide(&rule, digest, &latest, app.now()))
}

fn rule(gate: &Gate) -> GateRule {
    let key = |w: &assay_contract::GateWorkflow| WorkflowKey { project: w.project.clone(), name: w.name.clone() };
    GateRule {
        name: gate.name.clone(),
        workflows: gate.workflows.iter().map(key).collect(),
        skipped: match gate.skipped {
            assay_contract::SkippedRule::Inconclusive => SkippedRule::Inconclusive,
            assay_contract::SkippedRule::Pass => SkippedRule::Pass,
        },
    }
}
