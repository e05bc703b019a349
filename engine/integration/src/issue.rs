use assay_base::json::push_pointer;
use assay_base::{closest, text};
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::bound::InputIssue;
use crate::form::{Form, Role};
use crate::node::shown;

/// Issues that are reported at once.
const MOST: usize = 50;

/// Everything that the schema finds wrong with an input. A missing field is an issue at the place where it would stand, an
/// unknown one at its own. Values of secrets and endpoints are not repeated.
pub(crate) fn all(validator: &Validator, input: &Value, form: &Form) -> Vec<InputIssue> {
    let mut issues: Vec<InputIssue> = Vec::new();
    for error in validator.iter_errors(input).take(MOST) {
        for issue in of(&error, input, form) {
            if !issues.contains(&issue) {
                issues.push(issue);
            }
        }
    }
    issues
}

fn of(error: &ValidationError<'_>, input: &Value, form: &Form) -> Vec<InputIssue> {
    let place = error.instance_path().as_str();
    match error.kind() {
        Kind::Required { property: Value::String(name) } => vec![missing(place, name)],
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            unexpected.iter().map(|name| unknown(place, name, form)).collect()
        }
        Kind::OneOfNotValid { .. } | Kind::OneOfMultipleValid { .. } | Kind::AnyOf { .. } if place.is_empty() => {
            vec![choice(error, input)]
        }
        _ => vec![InputIssue { pointer: place.to_owned(), message: message(error, hidden(place, form)) }],
    }
}

fn missing(place: &str, name: &str) -> InputIssue {
    InputIssue { pointer: at(place, name), message: format!("`{}` is missing", shown(name)) }
}

fn unknown(place: &str, name: &str, form: &Form) -> InputIssue {
    let hint = match closest(name, form.names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", list(form.names())),
    };
    InputIssue { pointer: at(place, name), message: format!("`{}` is not known here: {hint}", shown(name)) }
}

/// Alternatives of which each demands other fields. The issue stands at the field that is there too much, or at the first that
/// would do.
fn choice(error: &ValidationError<'_>, input: &Value) -> InputIssue {
    let branches = match error.kind() {
        Kind::OneOfNotValid { context } | Kind::OneOfMultipleValid { context } | Kind::AnyOf { context } => context,
        _ => &Vec::new(),
    };
    let mut names: Vec<String> = Vec::new();
    for inner in branches.iter().flatten() {
        if let Kind::Required { property: Value::String(name) } = inner.kind() {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        names.extend(input.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        let pointer = names.first().map(|name| at("", name)).unwrap_or_default();
        return InputIssue { pointer, message: "these fields exclude each other".to_owned() };
    }
    InputIssue {
        pointer: at("", &names[0]),
        message: format!("one of these must be given: {}", list(names.iter().map(String::as_str))),
    }
}

fn hidden(place: &str, form: &Form) -> bool {
    let field = place.strip_prefix('/').and_then(|name| form.field(name));
    field.is_some_and(|field| field.hidden || !matches!(field.role, Role::Plain))
}

fn message(error: &ValidationError<'_>, hidden: bool) -> String {
    let instance = error.instance();
    let value = match instance.as_str() {
        _ if hidden => "the value".to_owned(),
        Some(found) => format!("`{}`", shown(found)),
        None => format!("`{}`", shown(&instance.to_string())),
    };
    match error.kind() {
        Kind::Enum { options } => {
            let options: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("{value} is not one of {}", list(options.into_iter()))
        }
        Kind::Format { format } => format!("{value} is not {}", named(format)),
        Kind::Pattern { pattern } => format!("{value} does not match `{}`", shown(pattern)),
        Kind::MinLength { limit: 1 } => "it is empty".to_owned(),
        Kind::Type { kind: TypeKind::Single(expected) } => format!("{value} is not of the type `{expected}`"),
        _ => text::printable(&text::head(&error.masked_with(value).to_string(), 200)),
    }
}

fn named(format: &str) -> String {
    match format {
        "uri" => "an absolute URL".to_owned(),
        "email" => "an address for mail".to_owned(),
        other => format!("a `{other}`"),
    }
}

fn at(place: &str, name: &str) -> String {
    let mut pointer = place.to_owned();
    push_pointer(&mut pointer, name);
    pointer
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>().join(", ")
}
