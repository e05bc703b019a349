use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::bound::InputIssue;
use crate::error::ManifestError;
use crate::issue;
use crate::node::Node;
use crate::secret::SecretSlot;

/// JSON Schema 2020-12, the only dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What may stand in the schema of a form.
const SCHEMA: &[&str] = &[
    "$schema",
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "dependentRequired",
    "oneOf",
    "anyOf",
    "allOf",
    "not",
    "if",
    "then",
    "else",
];

/// What may stand in the schema of a field.
const FIELD: &[&str] = &[
    "type",
    "title",
    "description",
    "default",
    "examples",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "writeOnly",
    "deprecated",
    "x-assay-endpoint",
    "x-assay-secret",
];

/// What makes a schema more than it seems: other documents, and annotations where nobody looks for them.
const NOWHERE: &[&str] =
    &["$id", "$ref", "$dynamicRef", "$anchor", "$dynamicAnchor", "$defs", "x-assay-endpoint", "x-assay-secret"];

/// Most fields of a form.
const FIELDS: usize = 64;
/// Most patterns of a form and the forms before it: each is a program that is compiled.
const PATTERNS: usize = 32;
/// Most bytes of a compiled pattern.
const PATTERN_BYTES: usize = 64 << 10;

/// What a form is for. Only a registration has secrets and destinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Registration,
    Attachment,
}

/// A JSON Schema of a flat object, ready to check inputs.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) schema: Value,
    pub(crate) fields: Vec<FormField>,
    validator: Arc<Validator>,
}

/// A property of a form.
#[derive(Debug, Clone)]
pub(crate) struct FormField {
    pub(crate) name: String,
    pub(crate) text: bool,
    /// Its value must not be shown.
    pub(crate) hidden: bool,
    pub(crate) role: Role,
}

/// What a host does with the value of a field.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    /// It hands it to the guest.
    Plain,
    /// It is the URL of this endpoint.
    Endpoint(String),
    /// It is a secret.
    Secret(SecretSlot),
}

impl Form {
    pub(crate) fn read(node: &Node<'_>, usage: Use) -> Result<Self, ManifestError> {
        node.only(SCHEMA)?;
        shape(node)?;
        let properties = node.need("properties")?;
        let fields = properties.members()?;
        if fields.len() > FIELDS {
            return Err(properties.rule("a form has at most 64 fields"));
        }
        let fields: Vec<_> =
            fields.iter().map(|(name, field)| read_field(name, field, usage)).collect::<Result<_, _>>()?;
        required(node, &fields)?;
        for (key, part) in node.members()? {
            if key != "properties" {
                nothing_hidden(&part)?;
            }
        }
        let validator = compile(node)?;
        for (_, field) in node.need("properties")?.members()? {
            default(&field)?;
        }
        Ok(Self { schema: node.value.clone(), fields, validator: Arc::new(validator) })
    }

    pub(crate) fn field(&self, name: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// The input with the defaults of the schema filled in, when it is valid.
    pub(crate) fn check(&self, input: &Value) -> Result<Value, Vec<InputIssue>> {
        let filled = self.with_defaults(input);
        let issues = issue::all(&self.validator, &filled, self);
        if issues.is_empty() { Ok(filled) } else { Err(issues) }
    }

    fn with_defaults(&self, input: &Value) -> Value {
        let mut filled = input.clone();
        if let Value::Object(members) = &mut filled {
            for field in &self.fields {
                if let Some(default) = self.schema["properties"][&field.name].get("default") {
                    members.entry(field.name.clone()).or_insert_with(|| default.clone());
                }
            }
        }
        filled
    }
}

/// Refuses forms that have more patterns together than a host compiles.
///
/// # Errors
/// [`ManifestError::Rule`] at the form that has too many.
pub(crate) fn few_patterns(forms: &[&Node<'_>]) -> Result<(), ManifestError> {
    let mut left = PATTERNS;
    forms.iter().try_for_each(|form| {
        let rest = left.checked_sub(patterns(form.value));
        left = rest.ok_or_else(|| form.rule("the forms have at most 32 patterns together"))?;
        Ok(())
    })
}

fn patterns(value: &Value) -> usize {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, part)| match (key.as_str(), part) {
                ("pattern", Value::String(_)) => 1,
                ("patternProperties", Value::Object(named)) => named.len() + patterns(part),
                _ => patterns(part),
            })
            .sum(),
        Value::Array(items) => items.iter().map(patterns).sum(),
        _ => 0,
    }
}

fn shape(node: &Node<'_>) -> Result<(), ManifestError> {
    let dialect = node.need("$schema")?;
    if dialect.text()?.trim_end_matches('#') != DIALECT {
        return Err(dialect.invalid("forms are written in `https://json-schema.org/draft/2020-12/schema`"));
    }
    let kind = node.need("type")?;
    if kind.text()? != "object" {
        return Err(kind.invalid("a form is an object"));
    }
    let additional = node.need("additionalProperties")?;
    if additional.flag()? { Err(additional.invalid("a form has no further members: say false")) } else { Ok(()) }
}

fn read_field(name: &str, node: &Node<'_>, usage: Use) -> Result<FormField, ManifestError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        return Err(node.rule("the name of a field is letters, digits, `_` and `-`, at most 64"));
    }
    node.only(FIELD)?;
    let kind = node.need("type")?;
    let kinds = ["string", "boolean", "integer", "number"];
    if !kinds.contains(&kind.text()?) {
        return Err(kind.invalid("a field is a string, a boolean, an integer or a number"));
    }
    let text = kind.text()? == "string";
    let role = role(node, usage)?;
    if !text && !matches!(role, Role::Plain) {
        return Err(kind.invalid("a secret and the URL of an endpoint are strings"));
    }
    let hidden = node.get("writeOnly").map(|flag| flag.flag()).transpose()?.unwrap_or(false);
    match role {
        Role::Secret(_) if !hidden => return Err(node.rule("a secret must be `writeOnly`")),
        Role::Plain if hidden || node.get("format").is_some_and(|format| format.value == "password") => {
            return Err(node.rule("what is `writeOnly` or a password must be a secret: it needs `x-assay-secret`"));
        }
        _ => {}
    }
    if hidden && node.get("default").is_some() {
        return Err(node.rule("a secret has no default"));
    }
    Ok(FormField { name: name.to_owned(), text, hidden, role })
}

fn role(node: &Node<'_>, usage: Use) -> Result<Role, ManifestError> {
    let (endpoint, secret) = (node.get("x-assay-endpoint"), node.get("x-assay-secret"));
    if usage == Use::Attachment && (endpoint.is_some() || secret.is_some()) {
        return Err(node.rule("only a registration has secrets and endpoints"));
    }
    match (endpoint, secret) {
        (None, None) => Ok(Role::Plain),
        (Some(_), Some(_)) => Err(node.rule("a field is a secret or an endpoint, not both")),
        (None, Some(secret)) => Ok(Role::Secret(SecretSlot::read(&secret)?)),
        (Some(slot), None) => {
            if node.get("format").is_none_or(|format| format.value != "uri") {
                return Err(node.rule("the URL of an endpoint has the format `uri`"));
            }
            Ok(Role::Endpoint(slot.text()?.to_owned()))
        }
    }
}

fn required(node: &Node<'_>, fields: &[FormField]) -> Result<(), ManifestError> {
    let Some(required) = node.get("required") else { return Ok(()) };
    for item in required.items()? {
        let name = item.text()?;
        if !fields.iter().any(|field| field.name == name) {
            return Err(item.dangling("the field", name, fields.iter().map(|field| field.name.as_str())));
        }
    }
    Ok(())
}

/// Conditions of a schema (`oneOf`, `if`, …) hold no annotation of ours and refer to nothing.
fn nothing_hidden(node: &Node<'_>) -> Result<(), ManifestError> {
    match node.value {
        Value::Object(_) => {
            for (key, part) in node.members()? {
                if NOWHERE.contains(&key) {
                    let rule = "references are not followed, and annotations belong to the fields of `properties`";
                    return Err(part.rule(rule));
                }
                nothing_hidden(&part)?;
            }
            Ok(())
        }
        Value::Array(_) => node.items()?.iter().try_for_each(nothing_hidden),
        _ => Ok(()),
    }
}

fn default(field: &Node<'_>) -> Result<(), ManifestError> {
    let Some(default) = field.get("default") else { return Ok(()) };
    compile(field)?.validate(default.value).map_err(|source| ManifestError::Default {
        pointer: default.pointer.clone(),
        source: Box::new(source.to_owned()),
    })
}

/// Formats are asserted, nothing is fetched, and patterns run on an engine that does not backtrack.
fn compile(node: &Node<'_>) -> Result<Validator, ManifestError> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES))
        .build(node.value)
        .map_err(|source| ManifestError::Schema { pointer: node.pointer.clone(), source: Box::new(source) })
}
