use std::collections::BTreeSet;

use assay_app::judge::{Judge, Judged, PolicySet, RuntimeInput, Subject};
use assay_base::{DocumentName, MaterialName, Timestamp, json};
use assay_contract::{Attachment, Contract, DocumentErrors, Policy};
use assay_material::PolicyInput;
use assay_model::{Enforcement, Phase, Unmatched};
use assay_policy::RegoEvaluator;
use assay_wire::OpenedRun;
use bytes::Bytes;

use super::statement::{self, Ending};
use crate::error::CliError;
use crate::evidence::{Evidence, Source};
use crate::state::{Recorded, State};

/// The contract and the policies of a run, read, and the sandbox that judges here what the server will judge again.
pub(super) struct Bench {
    pub(super) contract: Contract,
    names: BTreeSet<DocumentName>,
    policies: PolicySet,
    evaluator: RegoEvaluator,
}

impl Bench {
    /// Reads what the server answered when the run was opened.
    ///
    /// # Errors
    /// [`CliError`] for documents that this executable cannot read.
    pub(super) fn new(run: &OpenedRun) -> Result<Self, CliError> {
        let contract = Contract::parse(&run.contract_document).map_err(|errors| unreadable("contract", errors))?;
        let pins = run.policies.iter().map(|pin| (pin.reference.as_str(), pin.document.as_str()));
        let policies = PolicySet::parse(pins).map_err(|errors| unreadable("policy", errors))?;
        let names = names(&contract, run).map_err(|errors| unreadable("policy", errors))?;
        Ok(Self { contract, names, policies, evaluator: RegoEvaluator::default() })
    }

    /// The names of the policies that the contract attaches.
    pub(super) const fn policies(&self) -> &BTreeSet<DocumentName> {
        &self.names
    }

    /// What the policies of the contract say about a material.
    pub(super) fn material(
        &self,
        state: &State,
        name: &MaterialName,
        recorded: &Recorded,
        input: Bytes,
        inputs: &[RuntimeInput],
        now: Timestamp,
    ) -> Result<Judged, CliError> {
        let descriptor = serde_json::to_value(statement::material(name, recorded));
        let descriptor = descriptor.map_err(|error| unreadable("material", error))?;
        let subject = Subject { name: name.clone(), kind: recorded.kind, descriptor, input };
        Ok(self.judge(state, now).material(&subject, inputs))
    }

    /// What the policies on the whole attestation say in a phase.
    pub(super) fn attestation(
        &self,
        state: &State,
        phase: Phase,
        ending: &Ending<'_>,
        now: Timestamp,
    ) -> Result<Judged, CliError> {
        let draft = statement::draft(state, &self.contract, ending);
        let json = draft.statement().to_json().map_err(|error| unreadable("statement", error))?;
        Ok(self.judge(state, now).attestation(phase, &json))
    }

    /// The policies of the contract that select none of the materials so far.
    pub(super) fn unmatched(&self, state: &State) -> Vec<Unmatched> {
        let materials: Vec<_> = state.materials.iter().map(|(name, recorded)| (recorded.kind, name.clone())).collect();
        self.judge(state, state.initialized_at).unmatched(&materials)
    }

    fn judge<'a>(&'a self, state: &'a State, now: Timestamp) -> Judge<'a> {
        Judge {
            evaluator: &self.evaluator,
            contract: &self.contract,
            policies: &self.policies,
            project: state.run.project.as_str(),
            version: state.run.version.as_deref(),
            instant: now,
            default_enforcement: Enforcement::Enforce,
        }
    }
}

/// The names of the pinned policies and of those that the contract holds itself.
fn names(contract: &Contract, run: &OpenedRun) -> Result<BTreeSet<DocumentName>, DocumentErrors> {
    let attached = contract.policies.materials.iter().chain(&contract.policies.attestation);
    let own = attached.filter_map(Attachment::policy_name).cloned().map(Ok);
    own.chain(run.policies.iter().map(|pin| Policy::parse(&pin.document).map(|policy| policy.name))).collect()
}

/// The JSON text that policies see as `input`. Of a file that is larger than any document they see nothing, which is an
/// error of the policy that asks.
pub(crate) fn policy_input(evidence: &Evidence) -> Bytes {
    match (&evidence.inspection.input, &evidence.source) {
        (PolicyInput::Document, Source::Memory(bytes)) => bytes.slice_ref(json::without_bom(bytes)),
        (PolicyInput::Document, Source::File(_)) => Bytes::new(),
        (PolicyInput::Projected(text), _) => Bytes::from(text.clone()),
        (PolicyInput::Empty, _) => Bytes::from_static(b"{}"),
    }
}

fn unreadable(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> CliError {
    CliError::new(assay_wire::Exit::Unexpected, "unreadable", format!("the {what} of this run cannot be used"))
        .hint("was the run opened by another version of assay?")
        .because(error)
}
