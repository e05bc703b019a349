use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Digest, json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AttestError, Predicate};

/// The type of every statement (in-toto attestation framework, `spec/v1/statement.md`).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of every predicate.
pub const PREDICATE_TYPE: &str = "chainloop.dev/attestation/v0.2";

/// What an attestation says: about which subjects, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    type_uri: String,
    predicate_type: String,
    /// What it is about.
    pub subject: Vec<Subject>,
    /// What it says.
    pub predicate: Predicate,
    /// Fields beyond the specification, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One subject of a statement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name, unique in the statement.
    #[serde(default)]
    pub name: String,
    /// Algorithm to hexadecimal digest.
    pub digest: BTreeMap<String, String>,
    /// What else is known about it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
    /// Fields beyond the specification, as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Subject {
    /// A subject that is known by its SHA-256 digest.
    pub fn new(name: impl Into<String>, digest: Digest) -> Self {
        let digest = BTreeMap::from([("sha256".to_owned(), digest.hex())]);
        Self { name: name.into(), digest, ..Self::default() }
    }

    /// The SHA-256 digest, when it has one that is written as it should be.
    pub fn sha256(&self) -> Option<Digest> {
        self.digest.get("sha256").and_then(|hex| Digest::from_hex(hex).ok())
    }
}

impl Statement {
    /// Reads a payload strictly.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, AttestError> {
        let value = json::parse_signed(payload).map_err(AttestError::StatementJson)?;
        let text = |key| value.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("_type") != STATEMENT_TYPE {
            return Err(AttestError::StatementType(text("_type").to_owned()));
        }
        if text("predicateType") != PREDICATE_TYPE {
            return Err(AttestError::PredicateType(text("predicateType").to_owned()));
        }
        let statement: Self = serde_json::from_value(value).map_err(AttestError::StatementShape)?;
        statement.subject.iter().find_map(Subject::sha256).ok_or(AttestError::StatementSubject)?;
        Ok(statement)
    }

    /// The statement as JSON, the form in which a policy sees it.
    ///
    /// # Errors
    /// [`AttestError::Encode`] when a value has no form in JSON; no statement that was read has such a value.
    pub fn to_json(&self) -> Result<Value, AttestError> {
        serde_json::to_value(self).map_err(AttestError::Encode)
    }
}

/// Something that is still being written: it can be shown to policies of the phases before the signature, and signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft<T>(T);

impl Draft<Statement> {
    /// A statement about `subject`.
    pub fn new(subject: Vec<Subject>, predicate: Predicate) -> Self {
        Self(Statement {
            type_uri: STATEMENT_TYPE.to_owned(),
            predicate_type: PREDICATE_TYPE.to_owned(),
            subject,
            predicate,
            other: Map::new(),
        })
    }

    /// The statement so far.
    pub const fn statement(&self) -> &Statement {
        &self.0
    }

    /// The statement, to go on writing.
    pub const fn statement_mut(&mut self) -> &mut Statement {
        &mut self.0
    }

    /// The bytes to sign.
    ///
    /// # Errors
    /// [`AttestError::Encode`] when a value has no form in JSON.
    pub fn to_payload(&self) -> Result<Vec<u8>, AttestError> {
        serde_json::to_vec(&self.0).map_err(AttestError::Encode)
    }
}

/// Something that was read and that nobody vouches for yet: good for finding the run that it claims, for nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Unverified<T>(pub(crate) Arc<T>);

impl<T> Unverified<T> {
    /// The claim. Nothing in it is true because it stands here.
    pub fn claim(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = r#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"chainloop.dev/attestation/v0.2",
        "subject":[{"name":"x","digest":{"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}],
        "predicate":{"metadata":{"workflowName":"w"}}}"#;

    #[test]
    fn lies_about_the_type_are_refused() {
        let cases = [
            ("Statement/v1", "Statement/v0.1", "statement-type"),
            ("\"_type\"", "\"type\"", "statement-type"),
            ("chainloop.dev/attestation/v0.2", "https://slsa.dev/provenance/v1", "predicate-type"),
            ("\"sha256\"", "\"sha1\"", "statement-subject"),
            ("ba7816bf", "BA7816BF", "statement-subject"),
            ("\"subject\":[{", "\"subject\":[],\"y\":[{", "statement-subject"),
            ("\"subject\":[{", "\"subject\":7,\"y\":[{", "statement-shape"),
            ("{\"metadata\"", "{\"metadata\":{},\"metadata\"", "json-duplicate-key"),
            ("\"w\"", "7", "statement-shape"),
        ];
        for (from, to, code) in cases {
            assert!(EMPTY.contains(from), "{from}");
            assert_eq!(Statement::parse(EMPTY.replace(from, to).as_bytes()).unwrap_err().code(), code, "{to}");
        }
    }

    #[test]
    fn what_a_pusher_added_is_kept() {
        let written = EMPTY
            .replace("\"name\":\"x\"", "\"name\":\"x\",\"uri\":\"u\",\"annotations\":{\"a\":true}")
            .replace("\"workflowName\"", "\"extra\":[1,{\"b\":null}],\"workflowName\"")
            .replace("{\"metadata\"", "{\"later\":{\"x\":0.5},\"metadata\"");
        let shown = Statement::parse(written.as_bytes()).unwrap().to_json().unwrap();
        assert_eq!(shown["subject"][0]["uri"], "u");
        assert_eq!(shown["subject"][0]["annotations"]["a"], true);
        assert_eq!(shown["predicate"]["later"]["x"], 0.5);
        assert_eq!(shown["predicate"]["metadata"]["extra"][1], serde_json::json!({"b": null}));
    }
}
