use serde_json::Value;

use crate::node::shown;

/// A row of a form, for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The option's name.
    pub name: String,
    /// Its type, its format, or the values that it may have (`gcs|s3`).
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is; its default, if it has one.
    pub description: String,
    /// Whether its value is never shown.
    pub secret: bool,
}

/// The fields of a form, from its JSON Schema, those that must be given first, by name.
pub fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object();
    let mut fields: Vec<_> = properties
        .into_iter()
        .flatten()
        .map(|(name, field)| Field {
            name: name.clone(),
            kind: kind(field),
            required: required.contains(&name.as_str()),
            description: description(field),
            secret: field["writeOnly"] == true,
        })
        .collect();
    fields.sort_by(|a, b| b.required.cmp(&a.required).then_with(|| a.name.cmp(&b.name)));
    fields
}

fn kind(field: &Value) -> String {
    let text = |key: &str| field[key].as_str().map(shown);
    let values = field["enum"].as_array().map(|values| {
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), shown)).collect::<Vec<_>>().join("|")
    });
    values.or_else(|| text("format")).or_else(|| text("type")).unwrap_or_else(|| "any".to_owned())
}

fn description(field: &Value) -> String {
    let text = field["description"].as_str().or_else(|| field["title"].as_str()).unwrap_or_default();
    let text = assay_base::text::printable(text);
    match &field["default"] {
        Value::Null => text,
        Value::String(default) => format!("{text} (default `{}`)", shown(default)),
        default => format!("{text} (default `{default}`)"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_say_type_need_and_default() {
        let schema = json!({"required": ["url"], "properties": {
            "provider": {"type": "string", "enum": ["gcs", "s3"], "default": "gcs", "title": "Provider"},
            "url": {"type": "string", "format": "uri", "description": "Where to", "writeOnly": true}
        }});
        let rows: Vec<_> =
            fields(&schema).into_iter().map(|f| (f.name, f.kind, f.required, f.description, f.secret)).collect();
        let row = |name: &str, kind: &str, required, description: &str, secret| {
            (name.to_owned(), kind.to_owned(), required, description.to_owned(), secret)
        };
        let expected = [
            row("url", "uri", true, "Where to", true),
            row("provider", "gcs|s3", false, "Provider (default `gcs`)", false),
        ];
        assert_eq!(rows, expected);
    }
}
