use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Digest, DocumentName, ProjectName, WorkflowName};

use crate::{Contract, Origin, Policy, PolicyGroup};

/// A document of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// What evidence is expected, and which policies judge it.
    Contract(Contract),
    /// A policy.
    Policy(Policy),
    /// Policies that are attached together.
    PolicyGroup(PolicyGroup),
    /// A question over a digest.
    Gate(Gate),
}

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// [`Document::Contract`].
    Contract,
    /// [`Document::Policy`].
    Policy,
    /// [`Document::PolicyGroup`].
    PolicyGroup,
    /// [`Document::Gate`].
    Gate,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Contract, Self::Policy, Self::PolicyGroup, Self::Gate];

    /// The name as documents write it in `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contract => "Contract",
            Self::Policy => "Policy",
            Self::PolicyGroup => "PolicyGroup",
            Self::Gate => "Gate",
        }
    }
}

impl Document {
    /// Its kind.
    pub const fn kind(&self) -> DocumentKind {
        match self {
            Self::Contract(_) => DocumentKind::Contract,
            Self::Policy(_) => DocumentKind::Policy,
            Self::PolicyGroup(_) => DocumentKind::PolicyGroup,
            Self::Gate(_) => DocumentKind::Gate,
        }
    }

    /// Its name; a contract of the first version has none.
    pub const fn name(&self) -> Option<&DocumentName> {
        match self {
            Self::Contract(contract) => contract.name.as_ref(),
            Self::Policy(policy) => Some(&policy.name),
            Self::PolicyGroup(group) => Some(&group.name),
            Self::Gate(gate) => Some(&gate.name),
        }
    }

    /// Its text, exactly as written.
    pub const fn source(&self) -> &Arc<str> {
        match self {
            Self::Contract(contract) => &contract.source,
            Self::Policy(policy) => &policy.source,
            Self::PolicyGroup(group) => &group.source,
            Self::Gate(gate) => &gate.source,
        }
    }

    /// The digest of its text.
    pub const fn digest(&self) -> Digest {
        match self {
            Self::Contract(contract) => contract.digest,
            Self::Policy(policy) => policy.digest,
            Self::PolicyGroup(group) => group.digest,
            Self::Gate(gate) => gate.digest,
        }
    }
}

/// A question over a digest: which workflows must be compliant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// `metadata.name`.
    pub name: DocumentName,
    /// `metadata.description`.
    pub description: Option<String>,
    /// `metadata.annotations`.
    pub metadata_annotations: BTreeMap<String, String>,
    /// `spec.workflows`, at least one, none twice.
    pub workflows: Vec<GateWorkflow>,
    /// `spec.skipped`.
    pub skipped: SkippedRule,
    /// The text as written.
    pub source: Arc<str>,
    /// The digest of `source`.
    pub digest: Digest,
}

/// A workflow that a gate looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateWorkflow {
    /// Its project.
    pub project: ProjectName,
    /// Its name.
    pub name: WorkflowName,
    /// Where it is written.
    pub origin: Origin,
}

/// What an enforced evaluation that was skipped means to a gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SkippedRule {
    /// Nothing was judged: the answer is inconclusive.
    #[default]
    Inconclusive,
    /// As if it had passed.
    Pass,
}
