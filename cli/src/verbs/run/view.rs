use assay_wire::{Evaluation, Material, RunDescription};

use crate::ui::{Table, Tone, View, or_dash};

/// A run for people: what was decided first, then why.
pub(super) fn view(run: &RunDescription) -> View {
    let item = &run.item;
    let mut view = View::new().field("Run", item.id).field("Workflow", &item.workflow).field("Project", &item.project);
    view = view.maybe("Version", item.version.as_ref());
    view = view.toned_field("State", Tone::of_status(&item.state), &item.state);
    view = match &item.verdict {
        Some(verdict) => view.toned_field("Verdict", Tone::of_status(verdict), verdict).field("Warnings", run.warnings),
        None => view,
    };
    let contract = &run.contract;
    view.field("Contract", format!("{} revision {} ({})", contract.name, contract.revision, contract.digest))
        .maybe("Runner", run.runner.kind.as_ref())
        .maybe("Job", run.runner.url.as_ref())
        .maybe("Signed by", run.signer.as_ref().map(|signer| format!("{} {}", signer.kind, signer.identity)))
        .maybe("Bundle", item.digest)
        .field("Created", item.created_at)
        .maybe("Finished", item.finished_at)
        .maybe("Reason", run.reason.as_ref())
        .and(materials(&run.materials))
        .and(evaluations(run))
}

fn materials(materials: &[Material]) -> View {
    if materials.is_empty() {
        return View::new();
    }
    let mut table = Table::new(&["NAME", "KIND", "DIGEST OR VALUE", "SIZE"]);
    for material in materials {
        let what = material.digest.map_or_else(|| or_dash(material.value.as_ref()), |digest| digest.to_string());
        table.row([material.name.to_string(), material.kind.to_string(), what, or_dash(material.size)]);
    }
    View::new().line("").heading("Materials").table(table)
}

fn evaluations(run: &RunDescription) -> View {
    if run.evaluations.is_empty() && run.unmatched.is_empty() {
        return View::new();
    }
    let mut view = View::new().line("").heading("Evaluations");
    for evaluation in &run.evaluations {
        view = view.and(one(evaluation));
    }
    for unmatched in &run.unmatched {
        view = view.line(format!("{}: selected nothing: {}", unmatched.policy, unmatched.reason));
    }
    view
}

fn one(evaluation: &Evaluation) -> View {
    let subject = evaluation.material.as_ref().map_or("the attestation", |name| name.as_str());
    let title = format!("{} on {subject}: {} ({})", evaluation.policy, evaluation.status, evaluation.enforcement);
    let mut view = View::new().toned(Tone::of_status(&evaluation.status), title);
    for violation in &evaluation.violations {
        view = view.line(format!("  - {}", violation.message));
    }
    for reason in &evaluation.skip_reasons {
        view = view.line(format!("  skipped: {reason}"));
    }
    match &evaluation.error {
        Some(error) => view.line(format!("  {}: {}", error.code, error.message)),
        None => view,
    }
}
