use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Diagnostic, DocumentName, MaterialKind, MaterialName};
use assay_contract::{Arguments, Attachment, Branch, MatchMode, MissingInputs, Policy, ScriptSource};
use assay_model::{Enforcement, Evaluation, EvaluationError, EvaluationStatus, Phase};
use assay_ports::Script;

/// What an evaluation is about: kind, material, phase.
pub(super) type Target<'p> = (MaterialKind, Option<&'p MaterialName>, Option<Phase>);

/// One policy that is about to judge one subject.
pub(super) struct Plan<'p> {
    pub(super) policy: &'p Policy,
    pub(super) enforcement: Enforcement,
    pub(super) target: Target<'p>,
    branches: Vec<&'p Branch>,
    arguments: Result<Arguments, MissingInputs>,
}

impl<'p> Plan<'p> {
    pub(super) fn new(
        policy: &'p Policy,
        with: &BTreeMap<String, String>,
        overrides: &BTreeMap<String, String>,
        branches: Vec<&'p Branch>,
        enforcement: Enforcement,
        target: Target<'p>,
    ) -> Self {
        let arguments = assay_contract::arguments(policy, with, overrides);
        Self { policy, enforcement, target, branches, arguments }
    }

    /// The scripts to run: none when the evaluation is off or its arguments are missing.
    pub(super) fn scripts(&self) -> Vec<Script> {
        let Ok(arguments) = &self.arguments else { return vec![] };
        let script = |text: &Arc<str>| Script { source: Arc::clone(text), args: arguments.values.clone() };
        self.runnable().map(|(_, text)| script(text)).collect()
    }

    pub(super) fn script_count(&self) -> usize {
        if self.arguments.is_ok() { self.runnable().count() } else { 0 }
    }

    /// The branches whose script is at hand, and the script.
    pub(super) fn runnable(&self) -> impl Iterator<Item = (&'p Branch, &'p Arc<str>)> + '_ {
        let on = self.enforcement != Enforcement::Off;
        self.branches.iter().filter(move |_| on).filter_map(|branch| match &branch.script {
            ScriptSource::Embedded { text, .. } => Some((*branch, text)),
            ScriptSource::Path(_) | ScriptSource::Ref(_) => None,
        })
    }

    /// Why this policy cannot be judged as a whole.
    pub(super) fn refusal(&self) -> Option<EvaluationError> {
        if let Err(missing) = &self.arguments {
            return Some(EvaluationError { code: "missing-input".to_owned(), message: missing.to_string() });
        }
        self.branches.iter().find_map(|branch| match &branch.script {
            ScriptSource::Embedded { .. } => None,
            ScriptSource::Path(place) | ScriptSource::Ref(place) => Some(EvaluationError {
                code: "policy-script-absent".to_owned(),
                message: format!("the script `{place}` of policy `{}` is not part of the document", self.policy.name),
            }),
        })
    }

    pub(super) fn warnings(&self) -> &[Diagnostic] {
        self.arguments.as_ref().map_or(&[], |arguments| &arguments.warnings)
    }

    /// An evaluation of this plan with nothing in it yet.
    pub(super) fn blank(&self, status: EvaluationStatus) -> Evaluation {
        let mut blank = blank(self.policy.name.clone(), self.enforcement, self.target, status);
        blank.policy_digest = Some(self.policy.digest);
        blank
    }
}

fn blank(policy: DocumentName, enforcement: Enforcement, target: Target<'_>, status: EvaluationStatus) -> Evaluation {
    let (kind, material, phase) = target;
    Evaluation {
        policy,
        policy_digest: None,
        kind,
        material: material.cloned(),
        phase,
        enforcement,
        status,
        violations: vec![],
        skip_reasons: vec![],
        error: None,
        duration_us: 0,
    }
}

/// A policy whose subject cannot be shown to it. What is turned off stays off.
pub(super) fn spoiled(
    policy: &Policy,
    enforcement: Enforcement,
    target: Target<'_>,
    error: &EvaluationError,
) -> Evaluation {
    let mut evaluation = blank(policy.name.clone(), enforcement, target, EvaluationStatus::Error);
    evaluation.policy_digest = Some(policy.digest);
    evaluation.error = Some(error.clone());
    evaluation
}

/// A reference that stands for nothing is an error, never silence.
pub(super) fn unresolved(reference: &str, enforcement: Enforcement, target: Target<'_>) -> Evaluation {
    let last = reference.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let name: Option<DocumentName> = last.trim_end_matches(".yaml").parse().ok();
    let Some(name) = name.or_else(|| "unresolved".parse().ok()) else { unreachable!("a constant name parses") };
    let mut evaluation = blank(name, enforcement, target, EvaluationStatus::Error);
    let message = format!("the policy `{reference}` is not pinned to the run");
    evaluation.error = Some(EvaluationError { code: "policy-absent".to_owned(), message });
    evaluation
}

/// The branches of a policy that name `kind`.
pub(super) fn naming(policy: &Policy, kind: MaterialKind) -> Vec<&Branch> {
    policy.branches.iter().filter(|branch| branch.kind == Some(kind)).collect()
}

/// What an attachment would have judged, in words.
pub(super) fn wanted(attachment: &Attachment, policy: &Policy) -> String {
    let kinds: Vec<_> = policy.branches.iter().filter_map(|branch| branch.kind).map(MaterialKind::as_str).collect();
    let selector = attachment.selector.as_ref();
    let named = selector.and_then(|s| s.name.as_ref().map(|name| (s.match_mode, name)));
    match (kinds.is_empty(), named) {
        (true, None) => "it names no kind and its attachment selects no material by name".to_owned(),
        (false, None) => format!("no material is of kind {}", kinds.join(" or ")),
        (_, Some((MatchMode::Exact, name))) => format!("no material of its kinds is named `{name}`"),
        (_, Some((MatchMode::Prefix, name))) => {
            format!("no material of its kinds has a name that begins with `{name}`")
        }
    }
}
