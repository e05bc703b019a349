//! From the nouns of the plane to what travels.

mod integrations;

use assay_app::push::Pushed;
use assay_app::runs::{Opened, RunDetails};
use assay_base::{Timestamp, Token};
use assay_model as model;
use assay_ports::Page;
use assay_wire as wire;

pub use integrations::{attachment, delivery, delivery_item, integration, integration_item, registration, tested};

/// One page of a list.
pub fn list<T, U>(page: Page<T>, item: impl FnMut(&T) -> U) -> wire::List<U> {
    wire::List { items: page.items.iter().map(item).collect(), next: page.next }
}

/// Who is asking.
pub fn who_am_i(caller: &model::Caller) -> wire::WhoAmI {
    wire::WhoAmI {
        organization: caller.org_name.clone(),
        subject: caller.subject.clone(),
        role: caller.role.to_string(),
        project: caller.project.clone(),
    }
}

/// An organization.
pub fn org_item(org: &model::Organization) -> wire::OrgItem {
    wire::OrgItem { name: org.name.clone(), created_at: org.created_at }
}

/// A token just made.
pub fn token_created(token: &Token, stored: &model::ApiToken) -> wire::TokenCreated {
    wire::TokenCreated {
        name: stored.name.clone(),
        role: stored.role.to_string(),
        project: stored.project.clone(),
        expires_at: stored.expires_at,
        token: token.expose().to_owned(),
    }
}

/// A token without its text.
pub fn token_item(token: &model::ApiToken) -> wire::TokenItem {
    wire::TokenItem {
        name: token.name.clone(),
        role: token.role.to_string(),
        project: token.project.clone(),
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
    }
}

/// A trusted key.
pub fn trust_key(key: &model::TrustKey) -> wire::TrustKeyItem {
    wire::TrustKeyItem {
        name: key.name.clone(),
        key_id: key.key_id.clone(),
        algorithm: key.algorithm.clone(),
        created_at: key.created_at,
    }
}

/// What applying did with a document.
pub fn applied(applied: &model::Applied) -> wire::AppliedItem {
    wire::AppliedItem {
        kind: applied.kind.to_string(),
        name: applied.name.clone(),
        revision: applied.revision,
        digest: applied.digest,
        status: applied.status.as_str().to_owned(),
    }
}

/// A document in a list.
pub fn document_item(revision: &model::DocumentRevision) -> wire::DocumentItem {
    wire::DocumentItem {
        name: revision.name.clone(),
        revision: revision.revision,
        digest: revision.digest,
        created_at: revision.created_at,
    }
}

/// A document, whole.
pub fn document(revision: &model::DocumentRevision) -> wire::DocumentDescription {
    wire::DocumentDescription { item: document_item(revision), document: revision.source.to_string() }
}

/// The answer of a gate.
pub fn gate_answer(answer: &model::GateAnswer) -> wire::GateAnswer {
    let reason = |reason: &model::GateReason| wire::GateReason {
        code: reason.code.to_owned(),
        message: reason.message.clone(),
        workflow: reason.workflow.name.clone(),
        project: reason.workflow.project.clone(),
        run_id: reason.run,
    };
    wire::GateAnswer {
        gate: answer.gate.clone(),
        digest: answer.digest,
        decision: answer.decision.as_str().to_owned(),
        reasons: answer.reasons.iter().map(reason).collect(),
        decided_at: answer.decided_at,
    }
}

/// A workflow.
pub fn workflow_item(item: &model::WorkflowItem) -> wire::WorkflowItem {
    wire::WorkflowItem {
        name: item.workflow.name.clone(),
        project: item.workflow.project.clone(),
        contract: item.workflow.contract.clone(),
        runs: item.runs,
        last_run: item.last_run.as_ref().map(run_item),
    }
}

/// A contract revision.
pub fn contract_ref(contract: &model::ContractRef) -> wire::ContractRef {
    wire::ContractRef { name: contract.name.clone(), revision: contract.revision, digest: contract.digest }
}

/// A run just opened by `caller`; `project`, `version` and `workflow` are those of the request.
pub fn opened_run(opened: Opened, caller: &model::Caller, request: wire::OpenRun) -> wire::OpenedRun {
    let pinned = |(pin, document): (model::PinnedPolicy, String)| wire::PinnedPolicy {
        reference: pin.reference,
        name: pin.name,
        digest: pin.digest,
        document,
    };
    wire::OpenedRun {
        run_id: opened.id,
        organization: caller.org_name.clone(),
        project: request.project,
        version: request.version,
        workflow: request.workflow,
        contract: contract_ref(&opened.contract),
        contract_document: opened.document,
        policies: opened.policies.into_iter().map(pinned).collect(),
        identity: opened.identity,
        expires_at: opened.expires_at,
        warnings: opened.warnings,
    }
}

/// A run in a list.
pub fn run_item(item: &model::RunItem) -> wire::RunItem {
    wire::RunItem {
        id: item.id,
        workflow: item.workflow.clone(),
        project: item.project.clone(),
        version: item.version.clone(),
        state: item.state.to_string(),
        verdict: item.verdict.map(|verdict| verdict.as_str().to_owned()),
        digest: item.digest,
        created_at: item.created_at,
        finished_at: item.finished_at,
    }
}

/// A run, whole, as it is at `now`.
pub fn run(details: &RunDetails, now: Timestamp) -> wire::RunDescription {
    let run = &details.run;
    let judged = details.verdict.as_ref();
    wire::RunDescription {
        item: run_item(&run.item(now)),
        contract: contract_ref(&run.contract),
        runner: wire::Runner { kind: run.runner.kind.clone(), url: run.runner.url.clone() },
        reason: run.reason.clone(),
        materials: details.materials.iter().map(material).collect(),
        warnings: judged.map_or(0, model::RunVerdict::warnings),
        evaluations: judged.map_or_else(Vec::new, evaluations),
        unmatched: judged.map_or_else(Vec::new, all_unmatched),
        subjects: details.subjects.iter().map(subject).collect(),
        signer: details.signer.as_ref().map(signer),
    }
}

/// A material.
pub fn material(material: &model::Material) -> wire::Material {
    wire::Material {
        name: material.name.clone(),
        kind: material.kind,
        digest: material.digest,
        size: material.size,
        value: material.value.clone(),
        annotations: material.annotations.clone(),
    }
}

fn subject(subject: &model::Subject) -> wire::Subject {
    wire::Subject { name: subject.name.clone(), digest: subject.digest.clone() }
}

fn signer(signer: &model::SignerRecord) -> wire::Signer {
    wire::Signer { kind: signer.kind.clone(), identity: signer.identity.clone() }
}

/// The answer to a push.
pub fn push_answer(pushed: &Pushed) -> wire::PushAnswer {
    let judged = pushed.verdict.as_ref();
    wire::PushAnswer {
        run_id: pushed.run,
        digest: pushed.digest,
        verdict: judged.map(|judged| judged.verdict.as_str().to_owned()),
        warnings: judged.map_or(0, model::RunVerdict::warnings),
        evaluations: judged.map_or_else(Vec::new, evaluations),
        unmatched: judged.map_or_else(Vec::new, all_unmatched),
        submitted: true,
    }
}

fn evaluations(judged: &model::RunVerdict) -> Vec<wire::Evaluation> {
    judged.evaluations.iter().map(evaluation).collect()
}

fn all_unmatched(judged: &model::RunVerdict) -> Vec<wire::Unmatched> {
    judged.unmatched.iter().map(unmatched).collect()
}

/// One evaluation.
pub fn evaluation(evaluation: &model::Evaluation) -> wire::Evaluation {
    let violation = |violation: &model::Violation| wire::Violation {
        message: violation.message.clone(),
        fields: violation.fields.clone(),
    };
    let error = |error: &model::EvaluationError| wire::EvaluationError {
        code: error.code.clone(),
        message: error.message.clone(),
    };
    wire::Evaluation {
        policy: evaluation.policy.clone(),
        policy_digest: evaluation.policy_digest,
        kind: evaluation.kind,
        material: evaluation.material.clone(),
        phase: evaluation.phase.map(|phase| phase.as_str().to_owned()),
        enforcement: evaluation.enforcement.as_str().to_owned(),
        status: evaluation.status.as_str().to_owned(),
        violations: evaluation.violations.iter().map(violation).collect(),
        skip_reasons: evaluation.skip_reasons.clone(),
        error: evaluation.error.as_ref().map(error),
        duration_us: evaluation.duration_us,
    }
}

/// An attachment that selected nothing.
pub fn unmatched(unmatched: &model::Unmatched) -> wire::Unmatched {
    wire::Unmatched { policy: unmatched.policy.clone(), reason: unmatched.reason.clone() }
}
