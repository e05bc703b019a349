use std::collections::BTreeSet;
use std::sync::LazyLock;

use assay_base::MaterialKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::kinds::{items_at, quoted, text_at};
use crate::registry::Kind;
use crate::schema::{self, Rule};

const SARIF: MaterialKind = MaterialKind::Sarif;

/// SARIF 2.1.0 (OASIS, errata 01).
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: SARIF,
        recognised_by: "`version` beside `runs`, or a `$schema` of SARIF",
        media_types: &["application/sarif+json"],
    },
    recognise,
    inspect,
};

// The schema says draft 4, which does not know the format `uri-reference` that it uses.
static V2_1_0: LazyLock<Validator> =
    LazyLock::new(|| schema::compile(include_str!("../../schemas/sarif-2.1.0.json"), &[], Some(Draft::Draft7)));

/// What the engines of Checkmarx, named in parentheses behind a rule's id, are called in `scan.types`.
const CHECKMARX_ENGINES: &[(&str, &str)] = &[
    ("sast", "sast"),
    ("sca", "sca"),
    ("kics", "iac"),
    ("iac", "iac"),
    ("containers", "container"),
    ("sscs", "supply-chain"),
    ("secrets", "secrets"),
];

fn recognise(document: &Document<'_>) -> Option<String> {
    let version = document.text("version");
    let runs = document.identity()?.get("runs").is_some_and(Value::is_array);
    let schema = document.text("$schema").is_some_and(|schema| schema.to_ascii_lowercase().contains("sarif"));
    match version {
        Some(version) if runs => Some(format!("`runs` is there, `version` is {}", quoted(version))),
        _ if schema => Some("`$schema` is a schema of SARIF".to_owned()),
        _ => None,
    }
}

fn inspect(document: &Document<'_>, strictness: Strictness) -> Result<Facts, MaterialError> {
    let log = document.object(SARIF)?;
    match log.get("version").and_then(Value::as_str) {
        Some("2.1.0") => {}
        found => {
            let found = found.map_or_else(|| "missing or no text".to_owned(), |v| format!("`{}`", quoted(v)));
            let message = format!("`version` is {found}; SARIF 2.1.0 is supported");
            return Err(MaterialError::invalid(SARIF, message, document.place("/version")));
        }
    }
    let mut facts = Facts::new(PolicyInput::Document);
    schema::check(&Rule { kind: SARIF, validator: &V2_1_0, tolerated }, document, strictness, &mut facts)?;
    let driver = "/runs/0/tool/driver";
    let version = match text_at(log, &format!("{driver}/version")) {
        "" => text_at(log, &format!("{driver}/semanticVersion")),
        version => version,
    };
    facts.annotate("tool.name", text_at(log, &format!("{driver}/name")));
    facts.annotate("tool.version", version);
    facts.annotate("scan.types", scan_types(log).into_iter().collect::<Vec<_>>().join(","));
    Ok(facts)
}

fn tolerated(error: &ValidationError<'_>) -> bool {
    error.instance_path().as_str() == "/$schema"
}

/// The scan types of a log of Checkmarx; engines that have no name here are left out.
fn scan_types(log: &Value) -> BTreeSet<&'static str> {
    let runs = items_at(log, "/runs").iter();
    let checkmarx = runs.filter(|run| text_at(run, "/tool/driver/name").to_lowercase().starts_with("checkmarx"));
    checkmarx
        .flat_map(|run| {
            let rules = items_at(run, "/tool/driver/rules").iter().map(|rule| text_at(rule, "/id"));
            rules.chain(items_at(run, "/results").iter().map(|result| text_at(result, "/ruleId")))
        })
        .filter_map(|id| id.strip_suffix(')')?.rsplit_once('('))
        .filter_map(|(_, engine)| CHECKMARX_ENGINES.iter().find(|(name, _)| *name == engine))
        .map(|(_, scan)| *scan)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_are_refused_by_name() {
        for (text, part) in [
            (r#"{"version": "1.0.0", "runs": []}"#, "`1.0.0`"),
            (r#"{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": []}"#, "missing"),
        ] {
            let document = Document::new(text.as_bytes());
            assert!(recognise(&document).is_some());
            let error = inspect(&document, Strictness::Lenient).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn a_missing_or_odd_schema_key_is_fine() {
        for text in [r#"{"version": "2.1.0", "runs": []}"#, r#"{"$schema": 7, "version": "2.1.0", "runs": []}"#] {
            assert!(inspect(&Document::new(text.as_bytes()), Strictness::Strict).is_ok(), "{text}");
        }
    }
}
