use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Digest, DocumentName, MaterialKind, OrgName, Place};

use crate::{Attachment, MatchMode, Origin};

/// A policy: scripts, each for a kind of material, and the inputs that they take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `metadata.name`.
    pub name: DocumentName,
    /// `metadata.description`.
    pub description: Option<String>,
    /// `metadata.organization`: where the document belongs, when it says so.
    pub organization: Option<OrgName>,
    /// `metadata.annotations`.
    pub metadata_annotations: BTreeMap<String, String>,
    /// The shape of structured findings, when it promises one.
    pub finding_type: Option<FindingType>,
    /// The inputs that it declares.
    pub inputs: Vec<Input>,
    /// The scripts, at least one.
    pub branches: Vec<Branch>,
    /// The text as written; of a policy that is embedded in another document, its canonical JSON (RFC 8785).
    pub source: Arc<str>,
    /// The digest of `source`.
    pub digest: Digest,
}

/// The shape of the findings of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingType {
    /// `VULNERABILITY`.
    Vulnerability,
    /// `SAST`.
    Sast,
    /// `LICENSE_VIOLATION`.
    LicenseViolation,
}

impl FindingType {
    /// Every type.
    pub const ALL: &'static [Self] = &[Self::Vulnerability, Self::Sast, Self::LicenseViolation];

    /// The name as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "VULNERABILITY",
            Self::Sast => "SAST",
            Self::LicenseViolation => "LICENSE_VIOLATION",
        }
    }
}

/// An input that a policy or a policy group declares. A required one has no default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name: a letter, then letters, digits and underscores.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// There is no judgement without it.
    pub required: bool,
    /// The value when none is given.
    pub default: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// One script of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The kind of material that it judges; none is any, for attachments that select by name.
    pub kind: Option<MaterialKind>,
    /// When it judges a statement; of the kind `ATTESTATION` only. Empty is always.
    pub phases: Vec<Phase>,
    /// The script.
    pub script: ScriptSource,
    /// Where the script is written.
    pub origin: Origin,
}

/// When a statement is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// When the run begins.
    Init,
    /// When it is pushed.
    Push,
}

impl Phase {
    /// Every phase.
    pub const ALL: &'static [Self] = &[Self::Init, Self::Push];

    /// The name as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Push => "PUSH",
        }
    }
}

/// Where the script of a branch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptSource {
    /// In the document.
    Embedded {
        /// The script.
        text: Arc<str>,
        /// The line of the document on which the first line of the script stands, when its lines are lines of the
        /// document (literal blocks).
        first_line: Option<u32>,
        /// Characters before the script in each of these lines.
        indent: u32,
    },
    /// In a file (`path`, deprecated by Chainloop).
    Path(String),
    /// Elsewhere (`ref`).
    Ref(String),
}

impl Branch {
    /// The place in the document of a place in the script (line and column from 1).
    pub fn place(&self, line: u32, column: u32) -> Place {
        match self.script {
            ScriptSource::Embedded { first_line: Some(first), indent, .. } => Place {
                pointer: Some(self.origin.pointer.clone()),
                line: Some(first.saturating_add(line.saturating_sub(1))),
                column: Some(indent.saturating_add(column)),
            },
            _ => self.origin.place(),
        }
    }
}

/// Policies that are attached together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyGroup {
    /// `metadata.name`.
    pub name: DocumentName,
    /// `metadata.description`.
    pub description: Option<String>,
    /// `metadata.organization`: where the document belongs, when it says so.
    pub organization: Option<OrgName>,
    /// `metadata.annotations`.
    pub metadata_annotations: BTreeMap<String, String>,
    /// The inputs that it declares.
    pub inputs: Vec<Input>,
    /// `spec.policies.materials`.
    pub materials: Vec<GroupMaterial>,
    /// `spec.policies.attestation`.
    pub attestation: Vec<Attachment>,
    /// The text as written.
    pub source: Arc<str>,
    /// The digest of `source`.
    pub digest: Digest,
}

/// A material of a policy group. One with a name has a kind, and is expected of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMaterial {
    /// Its kind (`type`).
    pub kind: Option<MaterialKind>,
    /// Its name; may have templates such as `{{ inputs.sbom_name }}`.
    pub name: Option<String>,
    /// A run may be pushed without it.
    pub optional: bool,
    /// How its name is compared.
    pub match_mode: MatchMode,
    /// The policies that judge it.
    pub policies: Vec<Attachment>,
    /// Where it is written.
    pub origin: Origin,
}
