use assay_integration::{InputIssue, Manifest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// What stands in for a secret; nobody would write it by chance.
pub(crate) const CANARY: &str = "canary5Vq9xT2mZ7pL4wR8";

/// Most inputs that are tried.
const MOST: usize = 12;

/// Inputs of a form.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// With as many fields as fit, with as few, and some between; defaults filled in. At least one.
    pub(crate) valid: Vec<Value>,
    /// Each with one mistake.
    pub(crate) invalid: Vec<Value>,
}

/// Inputs of registrations; `given` are values that the author says himself.
///
/// # Errors
/// What the manifest says of the best input that could be made.
pub(crate) fn registrations(manifest: &Manifest, given: &Value) -> Result<Inputs, Vec<InputIssue>> {
    inputs(manifest.registration_schema(), given, |input| manifest.registration(input))
}

/// The same for attachments.
///
/// # Errors
/// What the manifest says of the best input that could be made.
pub(crate) fn attachments(manifest: &Manifest, given: &Value) -> Result<Inputs, Vec<InputIssue>> {
    inputs(manifest.attachment_schema(), given, |input| manifest.attachment(input))
}

fn inputs(
    schema: &Value,
    given: &Value,
    check: impl Fn(&Value) -> Result<Value, Vec<InputIssue>>,
) -> Result<Inputs, Vec<InputIssue>> {
    let empty = Map::new();
    let fields = schema["properties"].as_object().unwrap_or(&empty);
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let value = |name: &str| given.get(name).cloned().unwrap_or_else(|| sample(&schema["properties"][name]));
    let of = |names: &mut dyn Iterator<Item = &str>| {
        Value::Object(names.map(|name| (name.to_owned(), value(name))).collect())
    };
    let named = |name: &str| required.contains(&name) || given.get(name).is_some();
    let full = of(&mut fields.keys().map(String::as_str));
    let least = of(&mut fields.keys().map(String::as_str).filter(|name| named(name)));
    let mut candidates = vec![full, least.clone()];
    for name in fields.keys().filter(|name| !named(name)) {
        candidates.push(of(&mut fields.keys().map(String::as_str).filter(|other| named(other) || other == name)));
    }
    let mut valid: Vec<Value> = candidates.iter().filter_map(|input| check(input).ok()).take(MOST).collect();
    valid.dedup();
    let Some(first) = valid.first() else { return Err(check(&least).err().unwrap_or_default()) };
    let invalid = broken(first, fields, &required).into_iter().filter(|input| check(input).is_err()).collect();
    Ok(Inputs { valid, invalid })
}

/// A value of a field, from what its schema says.
fn sample(field: &Value) -> Value {
    for key in ["const", "default"] {
        if !field[key].is_null() {
            return field[key].clone();
        }
    }
    for key in ["examples", "enum"] {
        if let Some(first) = field[key].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
    }
    match field["type"].as_str() {
        Some("boolean") => json!(true),
        Some("integer") => json!(field["minimum"].as_i64().unwrap_or(7)),
        Some("number") => json!(field["minimum"].as_f64().unwrap_or(7.5)),
        _ => Value::String(text(field)),
    }
}

fn text(field: &Value) -> String {
    let ways = &field["x-assay-secret"]["as"];
    let ways = ways.as_array().cloned().unwrap_or_else(|| vec![ways.clone()]);
    let way = |name: &str| ways.iter().any(|way| way.get(name).is_some());
    if way("sigv4") || way("gcp-service-account") {
        let key = json!({
            "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": CANARY,
            "client_email": "trial@example.org", "private_key": CANARY, "token_uri": "https://oauth2.googleapis.com/token"
        });
        return key.to_string();
    }
    if way("standard-webhooks") {
        return format!("whsec_{}", STANDARD.encode(format!("{CANARY}{CANARY}")));
    }
    match field["format"].as_str() {
        _ if !ways[0].is_null() => CANARY.to_owned(),
        Some("uri") if field["writeOnly"] == true => format!("https://destination.example.org/{CANARY}"),
        Some("uri") => "https://destination.example.org/hook".to_owned(),
        Some("email") => "someone@example.org".to_owned(),
        _ => "sample".repeat(usize::try_from(field["minLength"].as_u64().unwrap_or(1)).unwrap_or(1).div_ceil(6).max(1)),
    }
}

/// The input with one mistake each: a field that is missing, one of another type, one that nobody knows.
fn broken(input: &Value, fields: &Map<String, Value>, required: &[&str]) -> Vec<Value> {
    let with = |name: &str, value: Option<Value>| {
        let mut broken = input.clone();
        if let Value::Object(members) = &mut broken {
            match value {
                Some(value) => members.insert(name.to_owned(), value),
                None => members.remove(name),
            };
        }
        broken
    };
    let missing = required.iter().map(|name| with(name, None));
    let other =
        fields.keys().flat_map(|name| [json!({}), json!([1]), json!(null)].map(|value| with(name, Some(value))));
    missing.chain(other).chain([with("nobody-knows-this", Some(json!(1)))]).collect()
}
