use std::sync::LazyLock;

use assay_base::MaterialKind;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::document::Document;
use crate::error::MaterialError;
use crate::image::Reference;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::kinds::{items_at, quoted, text_at};
use crate::registry::Kind;
use crate::schema::{self, Rule};

const CYCLONEDX: MaterialKind = MaterialKind::SbomCyclonedxJson;

/// `CycloneDX` 1.2 to 1.7 in JSON (ECMA-424 and its predecessors), each by the schema of its own version.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: CYCLONEDX,
        recognised_by: "`bomFormat`, or a `$schema` of CycloneDX",
        media_types: &["application/vnd.cyclonedx+json"],
    },
    recognise,
    inspect,
};

/// The schemas that those of `CycloneDX` refer to.
const REFERENCES: &[(&str, &str)] = &[
    ("http://cyclonedx.org/schema/spdx.schema.json", include_str!("../../schemas/cyclonedx-licences.json")),
    ("http://cyclonedx.org/schema/jsf-0.82.schema.json", include_str!("../../schemas/cyclonedx-jsf.json")),
    (
        "http://cyclonedx.org/schema/cryptography-defs.schema.json",
        include_str!("../../schemas/cyclonedx-cryptography.json"),
    ),
];

macro_rules! schemas {
    ($($name:ident $version:literal $file:literal;)+) => {
        $(static $name: LazyLock<Validator> = LazyLock::new(|| schema::compile(include_str!($file), REFERENCES, None));)+

        /// The schema of a version of the specification; it is compiled when it is first needed.
        fn validator(version: &str) -> Option<&'static Validator> {
            match version {
                $($version => Some(&$name),)+
                _ => None,
            }
        }

        const VERSIONS: &[&str] = &[$($version),+];
    };
}

schemas! {
    V1_2 "1.2" "../../schemas/cyclonedx-1.2.json";
    V1_3 "1.3" "../../schemas/cyclonedx-1.3.json";
    V1_4 "1.4" "../../schemas/cyclonedx-1.4.json";
    V1_5 "1.5" "../../schemas/cyclonedx-1.5.json";
    V1_6 "1.6" "../../schemas/cyclonedx-1.6.json";
    V1_7 "1.7" "../../schemas/cyclonedx-1.7.json";
}

fn recognise(document: &Document<'_>) -> Option<String> {
    if document.text("bomFormat").is_some_and(|format| format.eq_ignore_ascii_case("CycloneDX")) {
        let version =
            document.text("specVersion").map_or_else(String::new, |v| format!(", `specVersion` {}", quoted(v)));
        return Some(format!("`bomFormat` is CycloneDX{version}"));
    }
    let schema = document.text("$schema")?;
    let path = schema.trim_start_matches("https://").trim_start_matches("http://");
    path.starts_with("cyclonedx.org/schema/bom-").then(|| "`$schema` is a schema of CycloneDX".to_owned())
}

fn inspect(document: &Document<'_>, strictness: Strictness) -> Result<Facts, MaterialError> {
    let bom = document.object(CYCLONEDX)?;
    identify(document, bom, "bomFormat", |found| (found == "CycloneDX").then_some(()), "it must be `CycloneDX`")?;
    let known = format!("{} are supported", VERSIONS.join(", "));
    let validator = identify(document, bom, "specVersion", validator, &known)?;
    let mut facts = Facts::new(PolicyInput::Document);
    schema::check(&Rule { kind: CYCLONEDX, validator, tolerated }, document, strictness, &mut facts)?;
    facts.annotate_tools(&tools(bom));
    if let Some(component) = bom.pointer("/metadata/component") {
        annotate_main_component(component, &mut facts);
    }
    // An empty list is a report too: it says that nothing was found.
    if bom.get("vulnerabilities").is_some_and(Value::is_array) {
        facts.annotate("sbom.vulnerabilities_report", "true");
    }
    Ok(facts)
}

/// Reads an identity key, which no leniency excuses.
fn identify<T>(
    document: &Document<'_>,
    bom: &Value,
    key: &str,
    read: impl Fn(&str) -> Option<T>,
    otherwise: &str,
) -> Result<T, MaterialError> {
    let found = bom.get(key).and_then(Value::as_str);
    found.and_then(read).ok_or_else(|| {
        let found = found.map_or_else(|| "missing or no text".to_owned(), |v| format!("`{}`", quoted(v)));
        MaterialError::invalid(
            CYCLONEDX,
            format!("`{key}` is {found}; {otherwise}"),
            document.place(&format!("/{key}")),
        )
    })
}

fn tolerated(error: &ValidationError<'_>) -> bool {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        _ if pointer == "/$schema" => true,
        ValidationErrorKind::UniqueItems => pointer.ends_with("/components"),
        ValidationErrorKind::Type { kind: TypeKind::Single(_) } => {
            error.instance().is_null() && pointer.starts_with("/vulnerabilities/") && pointer.ends_with("/cwes")
        }
        _ => false,
    }
}

/// Name and version of the tools: a list until 1.4, components from 1.5 on.
fn tools(bom: &Value) -> Vec<(String, String)> {
    let list = match bom.pointer("/metadata/tools") {
        Some(Value::Array(tools)) => tools.as_slice(),
        Some(tools) => items_at(tools, "/components"),
        None => &[],
    };
    list.iter().map(|tool| (text_at(tool, "/name").to_owned(), text_at(tool, "/version").to_owned())).collect()
}

fn annotate_main_component(component: &Value, facts: &mut Facts) {
    let (name, kind) = (text_at(component, "/name"), text_at(component, "/type"));
    let repository = match kind {
        "container" => name.parse::<Reference>().ok().map(|reference| reference.name()),
        _ => None,
    };
    facts.annotate("sbom.main_component.name", repository.unwrap_or_else(|| name.to_owned()));
    facts.annotate("sbom.main_component.type", kind);
    let version = match text_at(component, "/version") {
        "" => repository_digest(component).unwrap_or_default(),
        version => version.to_owned(),
    };
    facts.annotate("sbom.main_component.version", version);
}

/// Trivy names the digest of an image in a property and leaves the version empty.
fn repository_digest(component: &Value) -> Option<String> {
    let mut properties = items_at(component, "/properties").iter();
    let property = properties.find(|property| text_at(property, "/name") == "aquasecurity:trivy:RepoDigest")?;
    let (_, digest) = text_at(property, "/value").split_once("sha256:")?;
    Some(format!("sha256:{digest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, strictness: Strictness) -> Result<Facts, MaterialError> {
        inspect(&Document::new(text.as_bytes()), strictness)
    }

    #[test]
    fn each_schema_compiles() {
        assert!(VERSIONS.iter().all(|version| validator(version).is_some()));
    }

    #[test]
    fn identity_is_not_a_matter_of_leniency() {
        for (text, pointer) in [
            (r#"{"bomFormat": "cyclonedx", "specVersion": "1.6"}"#, "/bomFormat"),
            (r#"{"specVersion": "1.6"}"#, "/bomFormat"),
            (r#"{"bomFormat": "CycloneDX", "specVersion": "1.1"}"#, "/specVersion"),
            (r#"{"bomFormat": "CycloneDX", "specVersion": 1.6}"#, "/specVersion"),
            ("[]", ""),
        ] {
            let error = check(text, Strictness::Lenient).unwrap_err();
            assert_eq!(error.diagnostics()[0].place.pointer.as_deref(), Some(pointer), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_innermost_place_and_what_was_meant() {
        let text = "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [\n\
                    {\"type\": \"library\", \"name\": \"a\", \"licenses\": [{\"license\": {\"id\": \"Apache-2\"}}]}]}";
        let found = check(text, Strictness::Strict).unwrap_err().diagnostics().remove(0);
        assert_eq!(found.place.pointer.as_deref(), Some("/components/0/licenses/0/license/id"));
        assert_eq!(found.place.line, Some(2));
        assert!(found.message.contains("`Apache-2`"), "{}", found.message);
        assert!(found.hint.is_some_and(|hint| hint.contains("Apache-2.0")));
        let facts = check(text, Strictness::Lenient).unwrap();
        assert_eq!(facts.warnings.len(), 1);
        assert_eq!(facts.annotations["assay.material.schema_failures"], "1");
    }

    #[test]
    fn what_real_producers_do_is_tolerated() {
        let component = r#"{"type": "library", "name": "a"}"#;
        let text = format!(
            r#"{{"$schema": "x", "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{component}, {component}],
                "vulnerabilities": [{{"cwes": null}}]}}"#
        );
        let facts = check(&text, Strictness::Strict).unwrap();
        assert_eq!(facts.warnings.len(), 3, "{:?}", facts.warnings);
        assert_eq!(facts.annotations["chainloop.material.sbom.vulnerabilities_report"], "true");
    }

    #[test]
    fn an_image_is_named_by_its_repository() {
        let component = serde_json::json!({"type": "container", "name": "nginx:1.2", "properties": [
            {"name": "aquasecurity:trivy:RepoDigest", "value": "nginx@sha256:abc"},
        ]});
        let mut facts = Facts::new(PolicyInput::Document);
        annotate_main_component(&component, &mut facts);
        let found: Vec<_> = facts.annotations.values().map(String::as_str).collect();
        assert_eq!(found, ["docker.io/library/nginx", "container", "sha256:abc"]);
    }
}
