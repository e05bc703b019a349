use assay_base::{Digest, MaterialKind, MaterialName};
use assay_contract::Contract;
use assay_wire::{ContractRef, Evaluation, PushAnswer, Runner, Unmatched};
use serde::Serialize;

use crate::state::State;
use crate::ui::{Table, Tone, View, or_dash};

/// The run that is being attested, as `init` and `status` tell it.
#[derive(Debug, Serialize)]
pub(super) struct RunAnswer {
    run_id: assay_base::RunId,
    organization: assay_base::OrgName,
    project: assay_base::ProjectName,
    version: Option<String>,
    workflow: assay_base::WorkflowName,
    contract: ContractRef,
    runner: Runner,
    dry_run: bool,
    expires_at: assay_base::Timestamp,
    /// The entries of the contract, then what was added beyond them.
    pub(super) materials: Vec<MaterialItem>,
    state_file: String,
    /// Those of the materials, then those of the phase INIT.
    pub(super) evaluations: Vec<Evaluation>,
}

/// A material of the contract or of the run.
#[derive(Debug, Serialize)]
pub(super) struct MaterialItem {
    name: MaterialName,
    kind: MaterialKind,
    required: bool,
    output: bool,
    group: Option<String>,
    /// Whether it was added.
    set: bool,
    digest: Option<Digest>,
}

impl RunAnswer {
    /// What is known of the run.
    pub(super) fn new(state: &State, contract: &Contract, state_file: &std::path::Path) -> Self {
        let run = &state.run;
        let judged = state.materials.values().flat_map(|recorded| &recorded.evaluations);
        Self {
            run_id: run.run_id,
            organization: run.organization.clone(),
            project: run.project.clone(),
            version: run.version.clone(),
            workflow: run.workflow.clone(),
            contract: run.contract.clone(),
            runner: state.runner.clone(),
            dry_run: state.dry_run,
            expires_at: run.expires_at,
            materials: materials(state, contract),
            state_file: state_file.display().to_string(),
            evaluations: judged.chain(&state.evaluations).cloned().collect(),
        }
    }

    /// For people.
    pub(super) fn view(&self) -> View {
        let contract = match self.contract.revision {
            0 => "none".to_owned(),
            revision => format!("{} (revision {revision})", self.contract.name),
        };
        let mut view = View::new()
            .field("Run", self.run_id)
            .field("Workflow", format!("{}/{}", self.project, self.workflow))
            .maybe("Version", self.version.as_ref())
            .field("Contract", contract)
            .field("Runner", or_dash(self.runner.kind.as_ref()))
            .field("Expires", self.expires_at);
        if self.dry_run {
            view = view.toned(Tone::Warn, "This is a dry run: nothing is written on the server.");
        }
        if !self.materials.is_empty() {
            view = view.heading("Materials").table(self.table());
        }
        view.and(evaluations(&self.evaluations))
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["NAME", "KIND", "NEEDED", "SET", "DIGEST"]);
        for item in &self.materials {
            let needed = match (&item.group, item.required) {
                (Some(group), _) => format!("one of {group}"),
                (None, true) => "yes".to_owned(),
                (None, false) => "no".to_owned(),
            };
            let set = if item.set { "yes" } else { "no" };
            let digest = or_dash(item.digest.map(|digest| assay_base::text::head(&digest.to_string(), 19)));
            table.row([item.name.to_string(), item.kind.to_string(), needed, set.to_owned(), digest]);
        }
        table
    }
}

fn materials(state: &State, contract: &Contract) -> Vec<MaterialItem> {
    let expected = contract.materials.iter().map(|spec| {
        let recorded = state.materials.get(&spec.name);
        MaterialItem {
            name: spec.name.clone(),
            kind: spec.kind,
            required: !spec.optional && spec.group.is_none(),
            output: spec.output,
            group: spec.group.as_ref().map(ToString::to_string),
            set: recorded.is_some(),
            digest: recorded.map(|recorded| recorded.digest),
        }
    });
    let beyond = state.materials.iter().filter(|(name, _)| !contract.materials.iter().any(|spec| spec.name == **name));
    let beyond = beyond.map(|(name, recorded)| MaterialItem {
        name: name.clone(),
        kind: recorded.kind,
        required: false,
        output: false,
        group: None,
        set: true,
        digest: Some(recorded.digest),
    });
    expected.chain(beyond).collect()
}

/// Evaluations for people: one line each, with what is wrong under it.
pub(crate) fn evaluations(evaluations: &[Evaluation]) -> View {
    let mut view = View::new();
    if evaluations.is_empty() {
        return view;
    }
    view = view.heading("Policies");
    for evaluation in evaluations {
        let subject = evaluation.material.as_ref().map(ToString::to_string);
        let subject = subject.or_else(|| evaluation.phase.as_ref().map(|phase| format!("the attestation ({phase})")));
        let subject = subject.unwrap_or_else(|| evaluation.kind.to_string());
        let weight = if evaluation.enforcement == "enforce" { "" } else { ", not enforced" };
        let line = format!("{:<9} {} on {subject}{weight}", evaluation.status, evaluation.policy);
        view = view.toned(Tone::of_status(&evaluation.status), line);
        for violation in &evaluation.violations {
            view = view.line(format!("            {}", violation.message));
        }
        let why = evaluation.error.as_ref().map(|error| &error.message);
        for reason in evaluation.skip_reasons.iter().chain(why) {
            view = view.toned(Tone::Dim, format!("            {reason}"));
        }
    }
    view
}

/// Attachments that selected nothing, for people.
pub(super) fn unmatched(unmatched: &[Unmatched]) -> View {
    let line =
        |view: View, item: &Unmatched| view.toned(Tone::Dim, format!("unmatched {}: {}", item.policy, item.reason));
    unmatched.iter().fold(View::new(), line)
}

/// What became of a push, for people.
pub(super) fn pushed(answer: &PushAnswer) -> View {
    let verdict = match (&answer.verdict, answer.submitted) {
        (Some(verdict), _) => verdict.as_str(),
        (None, true) => "still being judged",
        (None, false) => "not submitted",
    };
    View::new()
        .and(evaluations(&answer.evaluations))
        .and(unmatched(&answer.unmatched))
        .line("")
        .field("Run", answer.run_id)
        .field("Attestation", answer.digest)
        .field("Warnings", answer.warnings)
        .toned_field("Verdict", Tone::of_status(verdict), verdict)
}
