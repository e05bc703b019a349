use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use assay_base::{AnnotationName, Digest, DocumentName, MaterialKind, MaterialName, NameError, OrgName};

use crate::{Origin, Policy, PolicyRef, RefTarget, RunnerType};

/// A contract: what evidence is expected, and which policies judge it (both versions of the document).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// `metadata.name`; a document of the first version has none.
    pub name: Option<DocumentName>,
    /// `metadata.description`.
    pub description: Option<String>,
    /// `metadata.organization`: where the document belongs, when it says so.
    pub organization: Option<OrgName>,
    /// `metadata.annotations`.
    pub metadata_annotations: BTreeMap<String, String>,
    /// The pieces of evidence, by unique name.
    pub materials: Vec<MaterialSpec>,
    /// Names of environment variables that somebody wishes to have recorded.
    pub env_allow_list: Vec<String>,
    /// The runner that must be found, when one is asked for.
    pub runner: Option<RunnerType>,
    /// The policies.
    pub policies: Policies,
    /// The policy groups.
    pub policy_groups: Vec<GroupAttachment>,
    /// The annotations of the run.
    pub annotations: Vec<Annotation>,
    /// The text as written.
    pub source: Arc<str>,
    /// The digest of `source`.
    pub digest: Digest,
}

/// A piece of evidence that a contract expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialSpec {
    /// Its kind (`type`).
    pub kind: MaterialKind,
    /// Its name, unique in the contract.
    pub name: MaterialName,
    /// A run may be pushed without it.
    pub optional: bool,
    /// It is a subject of the statement.
    pub output: bool,
    /// Only its digest is recorded.
    pub skip_upload: bool,
    /// The group of which at least one member must be there; its members are not required one by one.
    pub group: Option<ChokeGroup>,
    /// Its annotations.
    pub annotations: Vec<Annotation>,
    /// Where it is written.
    pub origin: Origin,
}

/// An annotation: a value, or none when the run must give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Its name.
    pub name: AnnotationName,
    /// Its value. An empty one is none.
    pub value: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// The name of a group of materials of which at least one must be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChokeGroup(MaterialName);

impl ChokeGroup {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ChokeGroup {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ChokeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The policies of a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// They judge each material that they select.
    pub materials: Vec<Attachment>,
    /// They judge the statement.
    pub attestation: Vec<Attachment>,
}

/// One policy, attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The policy.
    pub source: AttachmentSource,
    /// Which materials it judges, beside the kinds of the policy.
    pub selector: Option<Selector>,
    /// Its result is not enforced.
    pub disabled: bool,
    /// The arguments.
    pub with: BTreeMap<String, String>,
    /// `[org/]framework/requirement[@version]`: what it is evidence for.
    pub requirements: Vec<String>,
    /// Whether a violation blocks; unset means the organization's default.
    pub gate: Option<bool>,
    /// Where it is written.
    pub origin: Origin,
}

impl Attachment {
    /// The name of its policy, as far as it is known without reading another file.
    pub fn policy_name(&self) -> Option<&DocumentName> {
        match &self.source {
            AttachmentSource::Embedded(policy) => Some(&policy.name),
            AttachmentSource::Ref(PolicyRef { target: RefTarget::Named { name, .. }, .. }) => Some(name),
            AttachmentSource::Ref(_) => None,
        }
    }
}

/// Where an attachment has its policy from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentSource {
    /// By reference.
    Ref(PolicyRef),
    /// Written into the document.
    Embedded(Box<Policy>),
}

/// Materials by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The name, or how it begins. An empty one selects nothing by name.
    pub name: Option<String>,
    /// How names are compared.
    pub match_mode: MatchMode,
}

/// How the name of a material is compared with the name of a selector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MatchMode {
    /// They are equal.
    #[default]
    Exact,
    /// The material's begins with the selector's.
    Prefix,
}

/// One policy group, attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAttachment {
    /// The group.
    pub reference: PolicyRef,
    /// The arguments of the group.
    pub with: BTreeMap<String, String>,
    /// Names of policies of the group that are left out.
    pub skip: Vec<DocumentName>,
    /// Overrides the gate of every member.
    pub gate: Option<bool>,
    /// Where it is written.
    pub origin: Origin,
}
