use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of a type, as registrations and attachments have it: flat, with what a value that is not
/// given needs no more (`null`), and with the formats that hosts know.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.with_transform(RecursiveTransform(plain)).into_generator().into_root_schema_for::<T>();
    // The type's own name says nothing to a user.
    schema.remove("title");
    if schema.get("properties").is_none() {
        schema.insert("properties".to_owned(), json!({}));
    }
    schema.to_value()
}

fn plain(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    without_null(object);
    words(object);
    let number = ["integer", "number"].iter().any(|kind| object.get("type").is_some_and(|found| found == kind));
    if number {
        // `uint16` and its like are not formats of the standard.
        object.remove("format");
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
}

/// A field of an `Option` may be left out; it is not given as `null`.
fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            object.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| choice["type"] != "null");
    if choices.len() == 1
        && let Some(Value::Object(only)) = choices.pop()
    {
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

/// An enum whose variants have descriptions becomes a list of words; what the words mean joins the description.
fn words(object: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = object.get("oneOf") else { return };
    let Some(found) = choices.iter().map(word).collect::<Option<Vec<_>>>() else { return };
    let (mut values, mut lines) = (vec![], vec![]);
    for (words, description) in found {
        let names: Vec<_> = words.iter().map(|word| format!("`{}`", word.as_str().unwrap_or_default())).collect();
        if let Some(description) = description {
            lines.push(format!("{}: {}", names.join(", "), description.trim_end_matches('.')));
        }
        values.extend(words);
    }
    object.remove("oneOf");
    let own = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let lines = if lines.is_empty() { String::new() } else { lines.join("; ") + "." };
    let description = [own.to_owned(), lines].join(" ").trim().to_owned();
    object.insert("description".to_owned(), description.into());
    object.insert("type".to_owned(), "string".into());
    object.insert("enum".to_owned(), values.into());
}

fn word(choice: &Value) -> Option<(Vec<Value>, Option<&str>)> {
    if choice["type"] != "string" {
        return None;
    }
    let words = match (&choice["const"], &choice["enum"]) {
        (word @ Value::String(_), _) => vec![word.clone()],
        (_, Value::Array(words)) => words.clone(),
        _ => return None,
    };
    Some((words, choice["description"].as_str()))
}
