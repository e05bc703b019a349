use assay_base::{Digest, DocumentName, MaterialKind, MaterialName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One policy attachment judged on one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    /// The policy's name.
    #[schema(value_type = String)]
    pub policy: DocumentName,
    /// The digest of its document.
    #[schema(value_type = Option<String>)]
    pub policy_digest: Option<Digest>,
    /// The kind of what was judged.
    #[schema(value_type = String)]
    pub kind: MaterialKind,
    /// The material, or null for the whole attestation.
    #[schema(value_type = Option<String>)]
    pub material: Option<MaterialName>,
    /// `INIT` or `PUSH` for the whole attestation, else null.
    pub phase: Option<String>,
    /// `enforce`, `warn` or `off`.
    pub enforcement: String,
    /// `passed`, `violated`, `skipped` or `error`.
    pub status: String,
    /// What is wrong.
    pub violations: Vec<Violation>,
    /// Why it was skipped.
    pub skip_reasons: Vec<String>,
    /// Why it could not be judged.
    pub error: Option<EvaluationError>,
    /// Time that it took, in microseconds.
    pub duration_us: u64,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    /// What is wrong.
    pub message: String,
    /// The other keys of a structured finding.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// Why something could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationError {
    /// Stable code.
    pub code: String,
    /// One sentence, with the place.
    pub message: String,
}

/// An attachment that selected no material of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unmatched {
    /// The policy's name.
    #[schema(value_type = String)]
    pub policy: DocumentName,
    /// What it would have judged.
    pub reason: String,
}
