use serde_json::{Map, Value};

/// `--opt k=v`, typed by the schema: true and false, numbers, JSON for objects and lists, text otherwise.
///
/// What does not read as its type stays a text, and what the schema does not know stays too: the schema says what is wrong,
/// in one place. The last of several options of one name counts.
pub fn typed_options(schema: &Value, options: &[(String, String)]) -> Value {
    let typed = |(name, text): &(String, String)| (name.clone(), typed(&schema["properties"][name.as_str()], text));
    Value::Object(options.iter().map(typed).collect::<Map<_, _>>())
}

fn typed(field: &Value, text: &str) -> Value {
    let as_text = || Value::String(text.to_owned());
    let read: Option<Value> = serde_json::from_str(text).ok();
    match (field["type"].as_str(), read) {
        (Some("boolean"), Some(value @ Value::Bool(_)))
        | (Some("integer" | "number"), Some(value @ Value::Number(_)))
        | (Some("object"), Some(value @ Value::Object(_)))
        | (Some("array"), Some(value @ Value::Array(_))) => value,
        _ => as_text(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_says_what_a_text_is() {
        let schema = json!({"properties": {
            "b": {"type": "boolean"}, "i": {"type": "integer"}, "n": {"type": "number"}, "s": {"type": "string"},
            "o": {"type": "object"}, "a": {"type": "array"}
        }});
        let cases = [
            ("b", "true", json!(true)),
            ("b", "perhaps", json!("perhaps")),
            ("i", "3", json!(3)),
            ("i", "three", json!("three")),
            ("n", "-1.5", json!(-1.5)),
            ("s", "true", json!("true")),
            ("s", "0123", json!("0123")),
            ("o", r#"{"x":1}"#, json!({"x": 1})),
            ("a", "[1,2]", json!([1, 2])),
            ("a", "1,2", json!("1,2")),
            ("unknown", "7", json!("7")),
        ];
        for (name, text, expected) in cases {
            let options = [(name.to_owned(), text.to_owned())];
            assert_eq!(typed_options(&schema, &options)[name], expected, "{name}={text}");
        }
    }

    #[test]
    fn the_last_one_counts() {
        let options = [("k".to_owned(), "1".to_owned()), ("k".to_owned(), "2".to_owned())];
        assert_eq!(typed_options(&json!({}), &options), json!({"k": "2"}));
    }
}
