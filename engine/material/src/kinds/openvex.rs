use std::sync::LazyLock;

use assay_base::{Diagnostic, MaterialKind};
use jsonschema::Validator;
use serde_json::Value;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::kinds::{items_at, quoted, text_at};
use crate::registry::Kind;
use crate::schema::{self, Rule};

const OPENVEX: MaterialKind = MaterialKind::Openvex;
const NAMESPACE: &str = "https://openvex.dev/ns";
/// Contexts from before there was a schema.
const OLDER: &[&str] = &["https://openvex.dev/ns", "https://openvex.dev/ns/", "https://openvex.dev/ns/v0.0.1"];

/// `OpenVEX` 0.2.0 (openvex/spec), and older documents as far as policies need them.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: OPENVEX,
        recognised_by: "`@context` of OpenVEX",
        media_types: &["application/vex+json", "text/vex+json"],
    },
    recognise,
    inspect,
};

static V0_2_0: LazyLock<Validator> =
    LazyLock::new(|| schema::compile(include_str!("../../schemas/openvex-0.2.0.json"), &[], None));

fn recognise(document: &Document<'_>) -> Option<String> {
    let context = document.text("@context").filter(|context| context.starts_with(NAMESPACE))?;
    Some(format!("`@context` is {}", quoted(context)))
}

fn inspect(document: &Document<'_>, strictness: Strictness) -> Result<Facts, MaterialError> {
    let vex = document.object(OPENVEX)?;
    let mut facts = Facts::new(PolicyInput::Document);
    match vex.get("@context").and_then(Value::as_str) {
        Some("https://openvex.dev/ns/v0.2.0") => {
            let rule = Rule { kind: OPENVEX, validator: &V0_2_0, tolerated: |_| false };
            schema::check(&rule, document, strictness, &mut facts)?;
            check_id(document, vex)?;
        }
        Some(older) if OLDER.contains(&older) => {
            check_id(document, vex)?;
            check_statements(document, vex)?;
            let message =
                format!("`@context` is {older}, which is older than 0.2.0: only `@id` and statements are checked");
            facts.warnings.push(Diagnostic::new("material-tolerated", message).at(document.place("/@context")));
        }
        found => {
            let found = found.map_or_else(|| "missing or no text".to_owned(), |v| format!("`{}`", quoted(v)));
            let message = format!("`@context` is {found}; `{NAMESPACE}/v0.2.0` is supported");
            return Err(MaterialError::invalid(OPENVEX, message, document.place("/@context")));
        }
    }
    facts.annotate("tool.name", text_at(vex, "/tooling"));
    Ok(facts)
}

fn check_id(document: &Document<'_>, vex: &Value) -> Result<(), MaterialError> {
    if text_at(vex, "/@id").is_empty() {
        return Err(MaterialError::invalid(OPENVEX, "`@id` is missing or empty", document.place("/@id")));
    }
    Ok(())
}

fn check_statements(document: &Document<'_>, vex: &Value) -> Result<(), MaterialError> {
    let fail = |message: &str, pointer: &str| Err(MaterialError::invalid(OPENVEX, message, document.place(pointer)));
    if !vex.get("statements").is_some_and(Value::is_array) {
        return fail("`statements` is missing or no array", "/statements");
    }
    for (i, statement) in items_at(vex, "/statements").iter().enumerate() {
        let vulnerability = match statement.get("vulnerability") {
            Some(Value::String(name)) => name.as_str(),
            Some(object) => text_at(object, "/name"),
            None => "",
        };
        if vulnerability.is_empty() {
            return fail("the statement names no vulnerability", &format!("/statements/{i}/vulnerability"));
        }
        let known = ["not_affected", "affected", "fixed", "under_investigation"];
        if !known.contains(&text_at(statement, "/status")) {
            return fail("the statement has no known status", &format!("/statements/{i}/status"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_documents_are_taken_with_a_word() {
        let statement = r#"{"vulnerability": "CVE-1", "status": "fixed"}"#;
        for (context, id, statement, taken) in [
            ("https://openvex.dev/ns", "x", statement, true),
            ("https://openvex.dev/ns/v0.0.1", "x", statement, true),
            ("https://openvex.dev/ns/v0.9.0", "x", statement, false),
            ("https://openvex.dev/ns", "", statement, false),
            ("https://openvex.dev/ns", "x", r#"{"status": "fixed"}"#, false),
            ("https://openvex.dev/ns", "x", r#"{"vulnerability": {"name": "CVE-1"}, "status": "solved"}"#, false),
        ] {
            let text = format!(r#"{{"@context": "{context}", "@id": "{id}", "statements": [{statement}]}}"#);
            let found = inspect(&Document::new(text.as_bytes()), Strictness::Lenient);
            assert_eq!(found.is_ok(), taken, "{text}");
            assert!(found.is_err() || found.unwrap().warnings.len() == 1);
        }
    }
}
