//! What lies in JSON columns. The names of the fields are part of the tables: they change by migration only.

use std::collections::BTreeMap;

use assay_base::{Digest, DocumentName, MaterialKind, MaterialName};
use assay_model::{
    Enforcement, Evaluation, EvaluationError, EvaluationStatus, FileRef, Phase, PinnedPolicy, Unmatched, Violation,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::row::{UnknownWord, word_of};

/// A map of texts, as materials have it.
pub(crate) type Annotations = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileJson {
    reference: String,
    digest: Digest,
}

impl From<&FileRef> for FileJson {
    fn from(file: &FileRef) -> Self {
        Self { reference: file.reference.clone(), digest: file.digest }
    }
}

impl From<FileJson> for FileRef {
    fn from(json: FileJson) -> Self {
        Self { reference: json.reference, digest: json.digest }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinJson {
    reference: String,
    digest: Digest,
    name: DocumentName,
}

impl From<&PinnedPolicy> for PinJson {
    fn from(pin: &PinnedPolicy) -> Self {
        Self { reference: pin.reference.clone(), digest: pin.digest, name: pin.name.clone() }
    }
}

impl From<PinJson> for PinnedPolicy {
    fn from(json: PinJson) -> Self {
        Self { reference: json.reference, digest: json.digest, name: json.name }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnmatchedJson {
    policy: DocumentName,
    reason: String,
}

impl From<&Unmatched> for UnmatchedJson {
    fn from(unmatched: &Unmatched) -> Self {
        Self { policy: unmatched.policy.clone(), reason: unmatched.reason.clone() }
    }
}

impl From<UnmatchedJson> for Unmatched {
    fn from(json: UnmatchedJson) -> Self {
        Self { policy: json.policy, reason: json.reason }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvaluationJson {
    policy: DocumentName,
    policy_digest: Option<Digest>,
    kind: MaterialKind,
    material: Option<MaterialName>,
    phase: Option<String>,
    enforcement: String,
    status: String,
    violations: Vec<ViolationJson>,
    skip_reasons: Vec<String>,
    error: Option<ErrorJson>,
    duration_us: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ViolationJson {
    message: String,
    fields: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorJson {
    code: String,
    message: String,
}

impl From<&Evaluation> for EvaluationJson {
    fn from(evaluation: &Evaluation) -> Self {
        let violation = |v: &Violation| ViolationJson { message: v.message.clone(), fields: v.fields.clone() };
        let error = |e: &EvaluationError| ErrorJson { code: e.code.clone(), message: e.message.clone() };
        Self {
            policy: evaluation.policy.clone(),
            policy_digest: evaluation.policy_digest,
            kind: evaluation.kind,
            material: evaluation.material.clone(),
            phase: evaluation.phase.map(|phase| phase.as_str().to_owned()),
            enforcement: evaluation.enforcement.as_str().to_owned(),
            status: evaluation.status.as_str().to_owned(),
            violations: evaluation.violations.iter().map(violation).collect(),
            skip_reasons: evaluation.skip_reasons.clone(),
            error: evaluation.error.as_ref().map(error),
            duration_us: evaluation.duration_us,
        }
    }
}

impl TryFrom<EvaluationJson> for Evaluation {
    type Error = UnknownWord;
    fn try_from(json: EvaluationJson) -> Result<Self, UnknownWord> {
        use {Enforcement as E, EvaluationStatus as S};
        let phase = |text: String| word_of(&text, &[Phase::Init, Phase::Push], Phase::as_str);
        let violation = |v: ViolationJson| Violation { message: v.message, fields: v.fields };
        Ok(Self {
            policy: json.policy,
            policy_digest: json.policy_digest,
            kind: json.kind,
            material: json.material,
            phase: json.phase.map(phase).transpose()?,
            enforcement: word_of(&json.enforcement, &[E::Enforce, E::Warn, E::Off], E::as_str)?,
            status: word_of(&json.status, &[S::Passed, S::Violated, S::Skipped, S::Error], S::as_str)?,
            violations: json.violations.into_iter().map(violation).collect(),
            skip_reasons: json.skip_reasons,
            error: json.error.map(|e| EvaluationError { code: e.code, message: e.message }),
            duration_us: json.duration_us,
        })
    }
}

/// The JSON of a list, by way of its row type.
pub(crate) fn list<'a, T: 'a, J>(items: impl IntoIterator<Item = &'a T>) -> serde_json::Result<String>
where
    J: From<&'a T> + Serialize,
{
    serde_json::to_string(&items.into_iter().map(J::from).collect::<Vec<_>>())
}
