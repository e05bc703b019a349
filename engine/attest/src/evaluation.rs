use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What one policy said about one subject, as a predicate tells it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The policy.
    pub name: String,
    /// The material that was judged; absent for the attestation itself.
    #[serde(default, alias = "material_name", skip_serializing_if = "String::is_empty")]
    pub material_name: String,
    /// The policy's text, when it was embedded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The scripts, base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Where the policy came from.
    #[serde(default, alias = "policy_reference", skip_serializing_if = "Option::is_none")]
    pub policy_reference: Option<Reference>,
    /// The policy group that named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_reference: Option<Reference>,
    /// What the policy is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The policy's annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What it found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// The kind of what was judged, by its name.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Whether it declined to judge.
    #[serde(default)]
    pub skipped: bool,
    /// Why it declined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip_reasons: Vec<String>,
    /// The requirements that it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    /// Whether a violation closes the gate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gate: bool,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One finding of a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// About what.
    #[serde(default)]
    pub subject: String,
    /// What is wrong.
    #[serde(default)]
    pub message: String,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A document by its name, address and digest (an in-toto `ResourceDescriptor`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uri: String,
    /// Algorithm to hexadecimal digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// `name` and `organization`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
