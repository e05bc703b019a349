use assay_ports::{Finding, ScriptError, ScriptResult};
use serde_json::{Map, Value};

use crate::failure;

/// Reads a script's `result` by Chainloop's result contract, strictly: what is not as it says is an error, never a pass.
/// Keys that the contract does not know are left alone.
///
/// # Errors
/// `policy-result`, naming the key.
pub(crate) fn parse(result: Value) -> Result<ScriptResult, ScriptError> {
    let Value::Object(mut result) = result else {
        return Err(wrong(&format!("`result` is {}, not an object", kind(&result))));
    };
    let skipped = required(boolean(&mut result, "skipped")?, "skipped")?;
    let ignore = boolean(&mut result, "ignore")?.unwrap_or(false);
    let reason = string(&mut result, "skip_reason")?.filter(|reason| skipped && !reason.is_empty());
    let violations = required(findings(&mut result, "violations")?, "violations")?;
    let detailed = findings(&mut result, "findings")?.unwrap_or_default();
    let violations = if detailed.is_empty() { violations } else { detailed };
    Ok(ScriptResult { skipped, skip_reason: reason, ignore, violations })
}

fn boolean(result: &mut Map<String, Value>, key: &str) -> Result<Option<bool>, ScriptError> {
    match result.remove(key) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(value)),
        Some(other) => Err(wrong_type(key, &other, "a boolean")),
    }
}

fn string(result: &mut Map<String, Value>, key: &str) -> Result<Option<String>, ScriptError> {
    match result.remove(key) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(other) => Err(wrong_type(key, &other, "a string")),
    }
}

fn findings(result: &mut Map<String, Value>, key: &str) -> Result<Option<Vec<Finding>>, ScriptError> {
    match result.remove(key) {
        None => Ok(None),
        Some(Value::Array(items)) => {
            items.into_iter().map(|item| finding(key, item)).collect::<Result<_, _>>().map(Some)
        }
        Some(other) => Err(wrong_type(key, &other, "an array or a set")),
    }
}

fn finding(key: &str, item: Value) -> Result<Finding, ScriptError> {
    match item {
        Value::String(message) => Ok(Finding { message, fields: Map::new() }),
        Value::Object(mut fields) => match fields.remove("message") {
            Some(Value::String(message)) => Ok(Finding { message, fields }),
            _ => Err(wrong(&format!("an object in `{key}` of `result` has no string `message`"))),
        },
        other => Err(wrong(&format!("`{key}` of `result` holds {}, not a string or an object", kind(&other)))),
    }
}

fn required<T>(value: Option<T>, key: &str) -> Result<T, ScriptError> {
    value.ok_or_else(|| wrong(&format!("`result` has no `{key}`")))
}

fn wrong_type(key: &str, found: &Value, expected: &str) -> ScriptError {
    wrong(&format!("`{key}` of `result` is {}, not {expected}", kind(found)))
}

fn wrong(message: &str) -> ScriptError {
    failure::error("policy-result", message)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mistakes_name_the_key() {
        let table = [
            (json!([]), "`result` is an array, not an object"),
            (json!({"skipped": false}), "`result` has no `violations`"),
            (json!({"violations": []}), "`result` has no `skipped`"),
            (json!({"skipped": "no", "violations": []}), "`skipped` of `result` is a string, not a boolean"),
            (
                json!({"skipped": true, "violations": {}}),
                "`violations` of `result` is an object, not an array or a set",
            ),
            (
                json!({"skipped": true, "violations": [1]}),
                "`violations` of `result` holds a number, not a string or an object",
            ),
            (
                json!({"skipped": true, "violations": [{}]}),
                "an object in `violations` of `result` has no string `message`",
            ),
            (
                json!({"skipped": true, "violations": [], "skip_reason": 1}),
                "`skip_reason` of `result` is a number, not a string",
            ),
            (json!({"skipped": true, "violations": [], "ignore": null}), "`ignore` of `result` is null, not a boolean"),
        ];
        for (result, message) in table {
            let error = parse(result).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), ("policy-result", message));
        }
    }

    #[test]
    fn findings_win_over_violations_and_a_reason_needs_a_skip() {
        let result = json!({"skipped": false, "skip_reason": "r", "violations": ["a"], "other": 1,
            "findings": [{"message": "b", "severity": "HIGH"}]});
        let parsed = parse(result).unwrap();
        assert_eq!((parsed.skipped, parsed.ignore, parsed.skip_reason), (false, false, None));
        assert_eq!(parsed.violations[0].message, "b");
        assert_eq!(parsed.violations[0].fields["severity"], "HIGH");
        let skipped = parse(json!({"skipped": true, "skip_reason": "r", "violations": ["a"], "findings": []})).unwrap();
        assert_eq!((skipped.skip_reason.as_deref(), skipped.violations.len()), (Some("r"), 1));
    }
}
