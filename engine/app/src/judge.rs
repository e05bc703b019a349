//! Judging: which policies look at what, what they are asked, and what their answers mean. Pure but for the evaluator, and
//! the same for a laptop and the server.
//!
//! A material is parsed once for all its policies: everything that looks at one document goes to the evaluator in one
//! request.

mod merge;
mod plan;
mod statement;

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Diagnostic, DocumentName, MaterialKind, MaterialName, Timestamp};
use assay_contract::{Attachment, AttachmentSource, Contract, DocumentErrors, Policy};
use assay_model::{Enforcement, Evaluation, EvaluationError, Phase, Unmatched};
use assay_ports::{EvaluationRequest, Evaluator};
use bytes::Bytes;
use serde_json::{Value, json};

use plan::Plan;

pub use statement::record;

/// The policies that a run is pinned to, by the reference that the contract writes.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    policies: BTreeMap<String, Arc<Policy>>,
}

impl PolicySet {
    /// Parses pinned policies: pairs of reference and text.
    ///
    /// # Errors
    /// [`DocumentErrors`] of the first one that does not parse.
    pub fn parse<'t>(pins: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Self, DocumentErrors> {
        let mut policies = BTreeMap::new();
        for (reference, text) in pins {
            policies.insert(reference.to_owned(), Arc::new(Policy::parse(text)?));
        }
        Ok(Self { policies })
    }

    fn of<'p>(&'p self, attachment: &'p Attachment) -> Result<&'p Policy, String> {
        match &attachment.source {
            AttachmentSource::Embedded(policy) => Ok(policy),
            AttachmentSource::Ref(reference) => {
                self.policies.get(&reference.text).map(|policy| &**policy).ok_or_else(|| reference.text.clone())
            }
        }
    }
}

/// What is judged: a material as policies see it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name.
    pub name: MaterialName,
    /// Its kind.
    pub kind: MaterialKind,
    /// Its in-toto descriptor: name, digest, annotations.
    pub descriptor: Value,
    /// Its projection, JSON text.
    pub input: Bytes,
}

/// Judges the subjects of one run.
pub struct Judge<'a> {
    /// The sandbox.
    pub evaluator: &'a dyn Evaluator,
    /// The contract that the run is pinned to.
    pub contract: &'a Contract,
    /// The policies that it is pinned to.
    pub policies: &'a PolicySet,
    /// The project's name.
    pub project: &'a str,
    /// The version that the run builds.
    pub version: Option<&'a str>,
    /// The instant that policies see as the present.
    pub instant: Timestamp,
    /// What an attachment is that says nothing about its gate.
    pub default_enforcement: Enforcement,
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("project", &self.project).field("instant", &self.instant).finish_non_exhaustive()
    }
}

/// Evaluations, and what the author of a contract or the user should know.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// One for each policy that looked, in the order of the contract.
    pub evaluations: Vec<Evaluation>,
    /// Arguments that were dropped, for example.
    pub warnings: Vec<Diagnostic>,
}

impl Judge<'_> {
    /// Judges a material. `inputs` are arguments of the user, which win over those of the contract: for early feedback
    /// only, the server has none.
    pub fn material(&self, subject: &Subject, inputs: &[RuntimeInput]) -> Judged {
        let mut judged = Judged::default();
        let mut plans = vec![];
        for attachment in &self.contract.policies.materials {
            let enforcement = self.enforcement(attachment);
            let target = (subject.kind, Some(&subject.name), None);
            match self.policies.of(attachment) {
                Ok(policy) => {
                    let selection = assay_contract::selects(attachment, policy, subject.kind, &subject.name);
                    if !selection.is_empty() {
                        let overrides = RuntimeInput::of(inputs, policy);
                        plans.push(Plan::new(
                            policy,
                            &attachment.with,
                            &overrides,
                            selection.of(policy),
                            enforcement,
                            target,
                        ));
                    }
                }
                Err(reference) => judged.evaluations.push(plan::unresolved(&reference, enforcement, target)),
            }
        }
        let metadata = self.metadata(&subject.descriptor);
        self.run(plans, subject.input.clone(), metadata, &mut judged);
        judged
    }

    /// Whether any policy looks at a material, so that nobody reads what nobody judges.
    pub fn looks_at(&self, kind: MaterialKind, name: &MaterialName) -> bool {
        self.contract.policies.materials.iter().any(|attachment| match self.policies.of(attachment) {
            Ok(policy) => !assay_contract::selects(attachment, policy, kind, name).is_empty(),
            Err(_) => true,
        })
    }

    /// The evaluations of a material that cannot be shown to policies: an error of each that looks at it.
    pub fn unreadable(&self, kind: MaterialKind, name: &MaterialName, error: &EvaluationError) -> Vec<Evaluation> {
        let mut evaluations = vec![];
        for attachment in &self.contract.policies.materials {
            let enforcement = self.enforcement(attachment);
            let target = (kind, Some(name), None);
            match self.policies.of(attachment) {
                Ok(policy) => {
                    if !assay_contract::selects(attachment, policy, kind, name).is_empty() {
                        evaluations.push(plan::spoiled(policy, enforcement, target, error));
                    }
                }
                Err(reference) => evaluations.push(plan::unresolved(&reference, enforcement, target)),
            }
        }
        evaluations
    }

    /// Judges a statement in a phase.
    pub fn attestation(&self, phase: Phase, statement: &Value) -> Judged {
        self.whole(phase, statement, |policy| {
            assay_contract::selects_attestation(policy, of_contract(phase)).of(policy)
        })
    }

    /// Judges a statement as it was when the run was opened, by the branches that ask for that phase alone: what they found
    /// counts, and the other branches judge the push.
    pub fn opening(&self, statement: &Value) -> Judged {
        self.whole(Phase::Init, statement, |policy| {
            let later = assay_contract::selects_attestation(policy, assay_contract::Phase::Push);
            let mut first = assay_contract::selects_attestation(policy, assay_contract::Phase::Init);
            first.branches.retain(|branch| !later.branches.contains(branch));
            first.of(policy)
        })
    }

    fn whole<'s>(
        &'s self,
        phase: Phase,
        statement: &Value,
        branches: impl Fn(&'s Policy) -> Vec<&'s assay_contract::Branch>,
    ) -> Judged {
        let mut judged = Judged::default();
        let mut plans = vec![];
        let none = BTreeMap::new();
        for attachment in &self.contract.policies.attestation {
            let enforcement = self.enforcement(attachment);
            let target = (MaterialKind::Attestation, None, Some(phase));
            match self.policies.of(attachment) {
                Ok(policy) => {
                    let branches = branches(policy);
                    if !branches.is_empty() {
                        plans.push(Plan::new(policy, &attachment.with, &none, branches, enforcement, target));
                    }
                }
                // It is told once, with the push.
                Err(_) if phase == Phase::Init => {}
                Err(reference) => judged.evaluations.push(plan::unresolved(&reference, enforcement, target)),
            }
        }
        let metadata = self.metadata(&json!({}));
        self.run(plans, Bytes::from(statement.to_string()), metadata, &mut judged);
        judged
    }

    /// The attachments that select none of the materials.
    pub fn unmatched(&self, materials: &[(MaterialKind, MaterialName)]) -> Vec<Unmatched> {
        let mut unmatched = vec![];
        for attachment in &self.contract.policies.materials {
            let Ok(policy) = self.policies.of(attachment) else { continue };
            let selects = |(kind, name): &(MaterialKind, MaterialName)| {
                !assay_contract::selects(attachment, policy, *kind, name).is_empty()
            };
            if !materials.iter().any(selects) {
                unmatched.push(Unmatched { policy: policy.name.clone(), reason: plan::wanted(attachment, policy) });
            }
        }
        unmatched
    }

    fn enforcement(&self, attachment: &Attachment) -> Enforcement {
        Enforcement::of(attachment.disabled, None, attachment.gate, self.default_enforcement)
    }

    fn metadata(&self, descriptor: &Value) -> Value {
        let mut metadata = descriptor.clone();
        if let Some(object) = metadata.as_object_mut() {
            if !self.project.is_empty() {
                object.insert("project_name".to_owned(), json!(self.project));
            }
            if let Some(version) = self.version {
                object.insert("project_version_name".to_owned(), json!(version));
            }
        }
        metadata
    }

    fn run(&self, plans: Vec<Plan<'_>>, document: Bytes, metadata: Value, judged: &mut Judged) {
        let more = evaluate(self.evaluator, plans, document, metadata, self.instant);
        judged.evaluations.extend(more.evaluations);
        judged.warnings.extend(more.warnings);
    }
}

const fn of_contract(phase: Phase) -> assay_contract::Phase {
    match phase {
        Phase::Init => assay_contract::Phase::Init,
        Phase::Push => assay_contract::Phase::Push,
    }
}

/// An argument that a user gives at run time, for one policy or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeInput {
    /// The policy that it is for; all when absent.
    pub policy: Option<DocumentName>,
    /// The input's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl RuntimeInput {
    /// The arguments that are for `policy`; one that names it wins over one for all.
    fn of(inputs: &[Self], policy: &Policy) -> BTreeMap<String, String> {
        let scoped = |own: bool| inputs.iter().filter(move |input| input.policy.is_some() == own);
        let general = scoped(false);
        let own = scoped(true).filter(|input| input.policy.as_ref() == Some(&policy.name));
        general.chain(own).map(|input| (input.name.clone(), input.value.clone())).collect()
    }
}

/// A material to judge with policies that no contract attaches.
#[derive(Debug, Clone)]
pub struct Trial<'a> {
    /// The policies.
    pub policies: &'a [Policy],
    /// The material.
    pub subject: &'a Subject,
    /// Arguments.
    pub inputs: &'a BTreeMap<String, String>,
    /// The instant that policies see as the present.
    pub instant: Timestamp,
}

/// Runs the branches of the trial's policies that name the kind of its material. Every evaluation enforces.
///
/// A policy of which no branch names the kind has no evaluation.
pub fn trial(evaluator: &dyn Evaluator, trial: &Trial<'_>) -> Judged {
    let Trial { subject, .. } = trial;
    let target = (subject.kind, Some(&subject.name), None);
    let none = BTreeMap::new();
    let plan = |policy| {
        let branches = plan::naming(policy, subject.kind);
        (!branches.is_empty()).then(|| Plan::new(policy, trial.inputs, &none, branches, Enforcement::Enforce, target))
    };
    let plans = trial.policies.iter().filter_map(plan).collect();
    evaluate(evaluator, plans, subject.input.clone(), subject.descriptor.clone(), trial.instant)
}

fn evaluate(
    evaluator: &dyn Evaluator,
    plans: Vec<Plan<'_>>,
    document: Bytes,
    metadata: Value,
    instant: Timestamp,
) -> Judged {
    let scripts: Vec<_> = plans.iter().flat_map(Plan::scripts).collect();
    let mut runs = if scripts.is_empty() {
        vec![]
    } else {
        evaluator.evaluate(&EvaluationRequest { document, metadata, scripts, instant })
    }
    .into_iter();
    let mut judged = Judged::default();
    for plan in plans {
        judged.warnings.extend(plan.warnings().iter().cloned());
        let own = runs.by_ref().take(plan.script_count()).collect();
        judged.evaluations.push(merge::evaluation(&plan, own));
    }
    judged
}
