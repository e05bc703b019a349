use assay_base::{Digest, DocumentName, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Documents to apply, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// Texts, each with one document or several.
    pub sources: Vec<ApplySource>,
    /// What the `file://` references of the contracts stand for.
    #[serde(default)]
    pub files: Vec<ApplyFile>,
    /// Says what would happen and changes nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// A text with documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplySource {
    /// What to call it in messages: the name of the file.
    #[serde(default)]
    pub label: Option<String>,
    /// YAML or JSON.
    pub text: String,
    /// The name of a contract of schema v1, which has none of its own.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: Option<DocumentName>,
}

/// What a `file://` reference stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyFile {
    /// The reference as the contract writes it.
    pub reference: String,
    /// The policy document that was read there.
    pub text: String,
}

/// What applying did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyAnswer {
    /// One for each document, in order.
    pub items: Vec<AppliedItem>,
}

/// What applying did with one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppliedItem {
    /// `Contract`, `Policy` or `Gate`.
    pub kind: String,
    /// Its name.
    #[schema(value_type = String)]
    pub name: DocumentName,
    /// The revision that holds it now.
    pub revision: u32,
    /// Its digest.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// `created`, `updated` or `unchanged`.
    pub status: String,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentItem {
    /// Its name.
    #[schema(value_type = String)]
    pub name: DocumentName,
    /// The newest revision.
    pub revision: u32,
    /// The revision's digest.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// When the revision was applied.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

/// A revision of a document, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentDescription {
    /// What a list says of it.
    #[serde(flatten)]
    pub item: DocumentItem,
    /// The text as written.
    pub document: String,
}

/// What `contract lint` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LintAnswer {
    /// Whether nothing is wrong.
    pub valid: bool,
    /// What is wrong.
    pub errors: Vec<LintError>,
}

/// One mistake in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LintError {
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// JSON Pointer of the place.
    pub pointer: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// The way out.
    pub hint: Option<String>,
}
