use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use assay_base::{Digest, DocumentName, Timestamp};

/// The kinds of documents that a server keeps, revision by revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// What evidence a workflow must show.
    Contract,
    /// Rego with its inputs.
    Policy,
    /// Policies that belong together.
    PolicyGroup,
    /// A question about a digest.
    Gate,
}

/// A text that is no document kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a document is a `Contract`, a `Policy`, a `PolicyGroup` or a `Gate`")]
pub struct UnknownDocumentKind;

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Contract, Self::Policy, Self::PolicyGroup, Self::Gate];

    /// The value of the document's `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contract => "Contract",
            Self::Policy => "Policy",
            Self::PolicyGroup => "PolicyGroup",
            Self::Gate => "Gate",
        }
    }
}

impl FromStr for DocumentKind {
    type Err = UnknownDocumentKind;
    fn from_str(text: &str) -> Result<Self, UnknownDocumentKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownDocumentKind)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One revision of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRevision {
    /// Its kind.
    pub kind: DocumentKind,
    /// Its name.
    pub name: DocumentName,
    /// Its number, from 1.
    pub revision: u32,
    /// The digest of `source`.
    pub digest: Digest,
    /// When it was applied.
    pub created_at: Timestamp,
    /// The text exactly as written.
    pub source: Arc<str>,
    /// What its `file://` references stood for when it was applied.
    pub files: Vec<FileRef>,
}

/// What a `file://` reference stood for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The reference as written.
    pub reference: String,
    /// The digest of the policy that was read there.
    pub digest: Digest,
}

/// A document to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// Its kind.
    pub kind: DocumentKind,
    /// Its name.
    pub name: DocumentName,
    /// The digest of `source`.
    pub digest: Digest,
    /// The text exactly as written.
    pub source: Arc<str>,
    /// What its `file://` references stand for.
    pub files: Vec<FileRef>,
}

/// What applying a document did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The document's kind.
    pub kind: DocumentKind,
    /// Its name.
    pub name: DocumentName,
    /// The revision that holds it now.
    pub revision: u32,
    /// Its digest.
    pub digest: Digest,
    /// What happened.
    pub status: ApplyStatus,
}

/// Whether applying a document changed anything. Revisions go by content: the same content twice is one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyStatus {
    /// There was none of that name.
    Created,
    /// It became the next revision.
    Updated,
    /// The newest revision is the same already.
    Unchanged,
}

impl ApplyStatus {
    /// The word of `reference/cli`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The contract revision that a run is pinned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractRef {
    /// The contract's name.
    pub name: DocumentName,
    /// The revision; 0 is the empty contract that a workflow has when nobody wrote one.
    pub revision: u32,
    /// The digest of the revision's text.
    pub digest: Digest,
}
