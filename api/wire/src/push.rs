use assay_base::{Digest, RunId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Evaluation, Unmatched};

/// The answer to an attestation: what was stored, and the server's own judgement of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PushAnswer {
    /// The run.
    #[schema(value_type = String)]
    pub run_id: RunId,
    /// The digest of the bundle's bytes as stored.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// `compliant`, `non_compliant` or `inconclusive`; null while it is being judged.
    pub verdict: Option<String>,
    /// Violations and errors that only warn.
    pub warnings: u32,
    /// Every evaluation.
    pub evaluations: Vec<Evaluation>,
    /// Attachments that selected nothing.
    pub unmatched: Vec<Unmatched>,
    /// True: it is on the server.
    pub submitted: bool,
}
