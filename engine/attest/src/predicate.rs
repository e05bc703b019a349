use std::collections::BTreeMap;

use assay_base::{Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Evaluation, encoding};

/// The predicate `chainloop.dev/attestation/v0.2`: how a run went and which evidence it left.
///
/// Keys that are marked optional in the format are left out when they are empty; keys that are not known are kept.
#[expect(clippy::struct_excessive_bools, reason = "the flags are the format's, each a key of its own")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// Which run of which workflow under which contract.
    pub metadata: Metadata,
    /// What made the attestation.
    #[serde(default)]
    pub builder: Builder,
    /// `chainloop.dev/workflowrun/v0.1`.
    #[serde(default)]
    pub build_type: String,
    /// Environment variables that the contract allows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Where it ran, for example `GITHUB_ACTION`.
    #[serde(default)]
    pub runner_type: String,
    /// The address of the job.
    #[serde(default, rename = "runnerURL", skip_serializing_if = "String::is_empty")]
    pub runner_url: String,
    /// `managed`, `self-hosted` or `unknown`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub runner_environment: String,
    /// Whether the runner proved who it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runner_authenticated: bool,
    /// The file that defines the pipeline.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub runner_workflow_file_path: String,
    /// Annotations of the attestation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Who pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Where the evidence is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cas_backend: Option<CasBackend>,
    /// The evidence, sorted by the name of the material.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Material>,
    /// What the client's policies said: by the name of the material, or `CHAINLOOP.ATTESTATION`.
    #[serde(default, alias = "policy_evaluations", skip_serializing_if = "BTreeMap::is_empty")]
    pub policy_evaluations: BTreeMap<String, Vec<Evaluation>>,
    /// The same as a stored document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_evaluations_ref: Option<EvaluationsRef>,
    /// Whether any evaluation found something.
    #[serde(default)]
    pub policy_has_violations: bool,
    /// How many evaluations there are.
    #[serde(default)]
    pub policy_evaluations_count: u64,
    /// How many violations they found.
    #[serde(default)]
    pub policy_violations_count: u64,
    /// How many evaluations were skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub policy_skipped_count: u64,
    /// How many evaluations passed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub policy_passed_count: u64,
    /// How many violations were suppressed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub policy_suppressed_count: u64,
    /// Whether a gate's policy found something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub policy_has_gated_violations: bool,
    /// Whether any policy is a gate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub policy_has_gates: bool,
    /// `ENFORCED` or `ADVISORY`.
    #[serde(default)]
    pub policy_check_blocking_strategy: String,
    /// Whether the client bypassed the gate.
    #[serde(default)]
    pub policy_block_bypass_enabled: bool,
    /// Whether the policies blocked the attestation.
    #[serde(default)]
    pub policy_att_blocked: bool,
    /// The authority that certified the key.
    #[serde(default, rename = "signingCA", skip_serializing_if = "String::is_empty")]
    pub signing_ca: String,
    /// The authority that stamped the signature.
    #[serde(default, rename = "signingTSA", skip_serializing_if = "String::is_empty")]
    pub signing_tsa: String,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Which run of which workflow under which contract. The instants keep microseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The name of the workflow, once more.
    #[serde(default)]
    pub name: String,
    /// The project.
    #[serde(default)]
    pub project: String,
    /// The version of the project.
    #[serde(default)]
    pub project_version: String,
    /// Whether that version is not released yet.
    #[serde(default)]
    pub project_version_prerelease: bool,
    /// The team that owns the workflow.
    #[serde(default)]
    pub team: String,
    /// When the run was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initialized_at: Option<Timestamp>,
    /// When the attestation was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The run.
    #[serde(default, rename = "workflowRunID")]
    pub workflow_run_id: String,
    /// The workflow's id.
    #[serde(default, rename = "workflowID")]
    pub workflow_id: String,
    /// The workflow's name.
    #[serde(default)]
    pub workflow_name: String,
    /// The organization.
    #[serde(default)]
    pub organization: String,
    /// The contract.
    #[serde(default)]
    pub contract_name: String,
    /// The contract's revision, a decimal number as text.
    #[serde(default)]
    pub contract_version: String,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What made the attestation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Builder {
    /// `chainloop.dev/cli/<version>@sha256:<digest of the executable>`.
    #[serde(default)]
    pub id: String,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Who pushed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Auth {
    /// `AUTH_TYPE_USER`, `AUTH_TYPE_API_TOKEN` or `AUTH_TYPE_FEDERATED`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the user or token.
    pub id: String,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where the evidence is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CasBackend {
    /// Its id.
    #[serde(default, rename = "casBackendID")]
    pub id: String,
    /// Its name.
    #[serde(default, rename = "casBackendName")]
    pub name: String,
    /// Whether it stands in for another one.
    #[serde(default)]
    pub fallback: bool,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A stored document with all evaluations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationsRef {
    /// `policy-evaluations`.
    #[serde(default)]
    pub name: String,
    /// Algorithm to hexadecimal digest.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
    /// `application/vnd.chainloop.policy-evaluations.v1+json`.
    #[serde(default)]
    pub media_type: String,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One piece of evidence (an in-toto `ResourceDescriptor`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Material {
    /// File name, image reference or, for a string, the material's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Algorithm to hexadecimal digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// The bytes, when they travel in the statement.
    #[serde(default, with = "encoding::bytes", skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<u8>,
    /// Keys that begin with `chainloop.material.`, and those that a user gave.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
    /// Fields beyond these, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Material {
    /// The annotation with the material's name in the contract.
    pub const NAME: &str = "chainloop.material.name";
    /// The annotation with the material's kind.
    pub const KIND: &str = "chainloop.material.type";

    /// The name of the material in its contract.
    pub fn material_name(&self) -> Option<&str> {
        self.annotations.get(Self::NAME).and_then(Value::as_str)
    }

    /// The kind that is claimed, by its name.
    pub fn kind(&self) -> Option<&str> {
        self.annotations.get(Self::KIND).and_then(Value::as_str)
    }

    /// The SHA-256 digest, when it has one that is written as it should be.
    pub fn sha256(&self) -> Option<Digest> {
        self.digest.get("sha256").and_then(|hex| Digest::from_hex(hex).ok())
    }
}

/// For serde's `skip_serializing_if`, which hands in a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_keys_are_left_out_and_the_rest_is_always_there() {
        let shown = serde_json::to_value(Predicate::default()).unwrap();
        let mut keys: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let always = [
            "buildType",
            "builder",
            "metadata",
            "policyAttBlocked",
            "policyBlockBypassEnabled",
            "policyCheckBlockingStrategy",
            "policyEvaluationsCount",
            "policyHasViolations",
            "policyViolationsCount",
            "runnerType",
        ];
        assert_eq!(keys, always);
        assert_eq!(shown["metadata"]["workflowRunID"], "");
        assert_eq!(shown["metadata"]["contractVersion"], "");
    }

    #[test]
    fn a_document_of_the_field_is_written_as_it_was_read() {
        let written = serde_json::json!({
            "metadata": {"name": "w", "project": "p", "projectVersion": "1", "projectVersionPrerelease": true, "team": "",
                "initializedAt": "2026-01-02T03:04:05.000006Z", "workflowRunID": "r", "workflowID": "i",
                "workflowName": "w", "organization": "o", "contractName": "c", "contractVersion": "1"},
            "builder": {"id": "chainloop.dev/cli/1@sha256:0"}, "buildType": "chainloop.dev/workflowrun/v0.1",
            "runnerType": "GITHUB_ACTION", "runnerURL": "https://x", "env": {"A": "b"}, "annotations": {"e": "f"},
            "auth": {"type": "AUTH_TYPE_API_TOKEN", "id": "t"},
            "casBackend": {"casBackendID": "1", "casBackendName": "n", "fallback": false},
            "materials": [{"name": "s", "digest": {"sha256": "00"}, "content": "aGk=",
                "annotations": {"chainloop.material.name": "s", "chainloop.material.cas": true}}],
            "policyEvaluations": {"s": [{"name": "l", "materialName": "s", "type": "SARIF", "skipped": false,
                "violations": [{"subject": "s", "message": "m"}], "gate": true,
                "policyReference": {"name": "l", "uri": "u", "digest": {"sha256": "00"}, "annotations": {"name": "l"}}}]},
            "policyHasViolations": true, "policyEvaluationsCount": 1, "policyViolationsCount": 1, "policyHasGates": true,
            "policyCheckBlockingStrategy": "ADVISORY", "policyBlockBypassEnabled": false, "policyAttBlocked": true,
            "signingCA": "ca", "signingTSA": "tsa"
        });
        let predicate: Predicate = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(predicate.materials[0].material_name(), Some("s"));
        assert_eq!(predicate.materials[0].content, b"hi");
        assert_eq!(serde_json::to_value(predicate).unwrap(), written);
    }
}
