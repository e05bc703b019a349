use std::sync::LazyLock;

use assay_base::MaterialKind;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::kinds::{items_at, quoted, text_at};
use crate::registry::Kind;
use crate::schema::{self, Rule};

const SPDX: MaterialKind = MaterialKind::SbomSpdxJson;

/// SPDX 2.2 and 2.3 in JSON (spdx-spec, `schemas/spdx-schema.json` of each version).
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: SPDX,
        recognised_by: "`spdxVersion`, or `SPDXID` of a document",
        media_types: &["application/spdx+json"],
    },
    recognise,
    inspect,
};

static V2_2: LazyLock<Validator> =
    LazyLock::new(|| schema::compile(include_str!("../../schemas/spdx-2.2.json"), &[], None));
static V2_3: LazyLock<Validator> =
    LazyLock::new(|| schema::compile(include_str!("../../schemas/spdx-2.3.json"), &[], None));

fn recognise(document: &Document<'_>) -> Option<String> {
    match (document.text("spdxVersion"), document.text("SPDXID")) {
        (Some(version), _) => Some(format!("`spdxVersion` is {}", quoted(version))),
        (None, Some("SPDXRef-DOCUMENT")) => Some("`SPDXID` is SPDXRef-DOCUMENT".to_owned()),
        _ => None,
    }
}

fn inspect(document: &Document<'_>, strictness: Strictness) -> Result<Facts, MaterialError> {
    let sbom = document.object(SPDX)?;
    let validator = match sbom.get("spdxVersion").and_then(Value::as_str) {
        Some("SPDX-2.2") => &*V2_2,
        Some("SPDX-2.3") => &*V2_3,
        found => {
            let found = found.map_or_else(|| "missing or no text".to_owned(), |v| format!("`{}`", quoted(v)));
            let message = format!("`spdxVersion` is {found}; SPDX-2.2 and SPDX-2.3 are supported");
            return Err(MaterialError::invalid(SPDX, message, document.place("/spdxVersion")));
        }
    };
    let mut facts = Facts::new(PolicyInput::Document);
    schema::check(&Rule { kind: SPDX, validator, tolerated }, document, strictness, &mut facts)?;
    let creators = items_at(sbom, "/creationInfo/creators").iter().filter_map(Value::as_str);
    facts.annotate_tools(&creators.filter_map(tool).collect::<Vec<_>>());
    annotate_main_component(sbom, &mut facts);
    Ok(facts)
}

/// Producers write categories with a hyphen or an underscore, whatever their version of the schema says.
fn tolerated(error: &ValidationError<'_>) -> bool {
    let plain = |value: &Value| value.as_str().map(|text| text.replace('-', "_"));
    let ValidationErrorKind::Enum { options } = error.kind() else { return false };
    let found = plain(error.instance());
    error.instance_path().as_str().ends_with("/referenceCategory")
        && found.is_some()
        && options.as_array().is_some_and(|options| options.iter().any(|option| plain(option) == found))
}

/// Name and version of a creator `Tool: name-version`. What follows the last hyphen is a version when a digit is in front.
fn tool(creator: &str) -> Option<(String, String)> {
    let tool = creator.strip_prefix("Tool:")?.trim();
    let version = |text: &str| text.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    Some(match tool.rsplit_once('-') {
        Some((name, rest)) if version(rest) => (name.to_owned(), rest.to_owned()),
        _ => (tool.to_owned(), String::new()),
    })
}

/// The package that the document says it describes, the first if there are several.
fn annotate_main_component(sbom: &Value, facts: &mut Facts) {
    let document = text_at(sbom, "/SPDXID");
    let related = items_at(sbom, "/relationships").iter().find(|relationship| {
        text_at(relationship, "/relationshipType") == "DESCRIBES" && text_at(relationship, "/spdxElementId") == document
    });
    let described = related
        .map(|relationship| text_at(relationship, "/relatedSpdxElement"))
        .or_else(|| items_at(sbom, "/documentDescribes").first().and_then(Value::as_str));
    let Some(id) = described else { return };
    let Some(package) = items_at(sbom, "/packages").iter().find(|package| text_at(package, "/SPDXID") == id) else {
        return;
    };
    facts.annotate("sbom.main_component.name", text_at(package, "/name"));
    facts.annotate("sbom.main_component.version", text_at(package, "/versionInfo"));
    facts.annotate("sbom.main_component.type", text_at(package, "/primaryPackagePurpose").to_lowercase());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creator_is_split_at_its_version() {
        for (creator, expected) in [
            ("Tool: spdxgen-1.0.0", Some(("spdxgen", "1.0.0"))),
            ("Tool: scan-code-v3", Some(("scan-code", "v3"))),
            ("Tool: my-tool", Some(("my-tool", ""))),
            ("Tool: ", Some(("", ""))),
            ("Person: Tool: x", None),
        ] {
            let expected = expected.map(|(name, version)| (name.to_owned(), version.to_owned()));
            assert_eq!(tool(creator), expected, "{creator}");
        }
    }

    #[test]
    fn the_described_package_is_the_main_component() {
        let sbom = serde_json::json!({
            "SPDXID": "SPDXRef-DOCUMENT",
            "packages": [{"SPDXID": "a", "name": "x"}, {"SPDXID": "b", "name": "y", "versionInfo": "2", "primaryPackagePurpose": "CONTAINER"}],
            "relationships": [
                {"spdxElementId": "a", "relationshipType": "DESCRIBES", "relatedSpdxElement": "a"},
                {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "b"},
            ],
        });
        let mut facts = Facts::new(PolicyInput::Document);
        annotate_main_component(&sbom, &mut facts);
        let found: Vec<_> = facts.annotations.values().map(String::as_str).collect();
        assert_eq!(found, ["y", "container", "2"]);
    }

    #[test]
    fn each_schema_compiles() {
        LazyLock::force(&V2_2);
        LazyLock::force(&V2_3);
    }
}
