use std::collections::BTreeMap;

use assay_base::MaterialKind;
use serde_json::{Map, Value, json};

use crate::bind::BoundMaterial;

/// Keys that say something which the server finds out by itself.
const RESERVED: [&str; 2] = ["chainloop.", "assay."];
/// Reserved keys that only the pusher can know: how materials belong together, where they are.
const OF_PUSHER: [&str; 3] =
    ["chainloop.material.references", "chainloop.material.policy_input", "chainloop.material.cas"];
/// The same for images: what their registry said.
const OF_REGISTRY: [&str; 2] = ["chainloop.material.image.", "chainloop.material.signature"];
/// Keys whose value is a boolean in a descriptor.
const BOOLEANS: [&str; 3] =
    ["chainloop.material.cas", "chainloop.material.cas.inline", "chainloop.material.image.is_latest_tag"];

/// The annotations of a material as the server stands for them: the pusher's own, what the contract fixes, and what the
/// bytes say. Whatever a pusher says about the bytes is dropped.
pub(super) fn annotations(
    material: &BoundMaterial,
    found: BTreeMap<String, String>,
    size: Option<u64>,
) -> BTreeMap<String, String> {
    let is_own = |key: &str| {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix));
        let is_image = material.kind == MaterialKind::ContainerImage;
        !begins(&RESERVED) || begins(&OF_PUSHER) || is_image && begins(&OF_REGISTRY)
    };
    let mut all: BTreeMap<_, _> = material.annotations.iter().filter(|(key, _)| is_own(key)).map(owned).collect();
    all.extend(material.fixed.iter().cloned());
    all.extend(found);
    all.insert(assay_attest::Material::NAME.to_owned(), material.name.to_string());
    all.insert(assay_attest::Material::KIND.to_owned(), material.kind.to_string());
    if let Some(size) = size {
        all.insert("chainloop.material.size".to_owned(), size.to_string());
    }
    all
}

/// The in-toto descriptor that policies see, made of what the server stands for.
pub(super) fn descriptor(material: &BoundMaterial, annotations: &BTreeMap<String, String>) -> Value {
    let mut descriptor = json!({
        "digest": {"sha256": material.digest.hex()},
        "annotations": values(annotations),
    });
    if let Some(object) = descriptor.as_object_mut() {
        if !material.value.is_empty() {
            object.insert("name".to_owned(), json!(material.value));
        }
        if let Some(content) = &material.base64 {
            object.insert("content".to_owned(), json!(content));
        }
    }
    descriptor
}

/// Annotations as JSON values.
pub(super) fn values(annotations: &BTreeMap<String, String>) -> Map<String, Value> {
    let value = |key: &str, text: &str| match text {
        "true" | "false" if BOOLEANS.contains(&key) => Value::Bool(text == "true"),
        text => Value::String(text.to_owned()),
    };
    annotations.iter().map(|(key, text)| (key.clone(), value(key, text))).collect()
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}
