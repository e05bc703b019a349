use assay_base::MaterialKind;
use serde_json::Value;

use crate::document::{Content, Document};
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::registry::Kind;

/// Any file that somebody calls evidence. An envelope of `chainloop.material.evidence.id` (or `id`) and `data` is annotated.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: MaterialKind::Evidence,
        recognised_by: "being asked for: any file",
        media_types: &["application/json", "application/octet-stream"],
    },
    recognise: |_| None,
    inspect,
};

#[expect(clippy::unnecessary_wraps, reason = "the signature of every kind")]
fn inspect(document: &Document<'_>, _: Strictness) -> Result<Facts, MaterialError> {
    let mut facts = Facts::new(PolicyInput::Document);
    if let Content::Json(Value::Object(object)) = document.content() {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = match text("chainloop.material.evidence.id") {
            "" => text("id"),
            id => id,
        };
        if !id.is_empty() && object.get("data").is_some_and(|data| !data.is_null()) {
            facts.annotate("evidence.id", id);
            facts.annotate("evidence.schema", text("schema"));
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_annotated() {
        for (text, id, schema) in [
            (r#"{"chainloop.material.evidence.id": "a", "id": "b", "schema": "s", "data": {}}"#, Some("a"), Some("s")),
            (r#"{"id": "b", "data": {"x": 1}}"#, Some("b"), None),
            (r#"{"id": "b", "schema": "s"}"#, None, None),
            (r#"{"id": "b", "data": null}"#, None, None),
            ("[1]", None, None),
            ("no JSON", None, None),
        ] {
            let facts = inspect(&Document::new(text.as_bytes()), Strictness::Strict).unwrap();
            let found =
                |key: &str| facts.annotations.get(&format!("chainloop.material.evidence.{key}")).map(String::as_str);
            assert_eq!((found("id"), found("schema")), (id, schema), "{text}");
        }
    }
}
