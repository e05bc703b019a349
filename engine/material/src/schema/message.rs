use assay_base::{Diagnostic, closest, text};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use crate::document::Document;

/// What a schema finds, said for a human: the innermost reason, the pointer, the line, and what was probably meant.
pub(crate) fn diagnostic(code: &'static str, error: &ValidationError<'_>, document: &Document<'_>) -> Diagnostic {
    let (pointer, message, hint) = innermost(error);
    let message = if pointer.is_empty() { message } else { format!("`{}`: {message}", shown(&pointer)) };
    let mut diagnostic = Diagnostic::new(code, message).at(document.place(&pointer));
    diagnostic.hint = hint;
    diagnostic
}

/// Pointer, message and hint of the deepest error inside alternatives: the branch that got furthest is the one that was meant.
fn innermost(error: &ValidationError<'_>) -> (String, String, Option<String>) {
    let own = error.instance_path().as_str();
    if let Kind::AnyOf { context } | Kind::OneOfNotValid { context } = error.kind() {
        let deepest = context
            .iter()
            .flatten()
            .map(innermost)
            .reduce(|best, next| if depth(&next.0) > depth(&best.0) { next } else { best });
        if let Some(deepest) = deepest.filter(|(pointer, ..)| depth(pointer) > depth(own)) {
            return deepest;
        }
    }
    let (message, hint) = describe(error);
    (own.to_owned(), message, hint)
}

fn depth(pointer: &str) -> usize {
    pointer.bytes().filter(|b| *b == b'/').count()
}

fn describe(error: &ValidationError<'_>) -> (String, Option<String>) {
    let value = value(error.instance());
    match error.kind() {
        Kind::Enum { options } => {
            (format!("{value} is not one of the values allowed here"), allowed(error.instance(), options))
        }
        Kind::Required { property: Value::String(key) } => (format!("`{}` is missing", shown(key)), None),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let keys: Vec<_> = unexpected.iter().take(5).map(|key| format!("`{}`", shown(key))).collect();
            (format!("{} is not known here", keys.join(", ")), None)
        }
        Kind::Format { format } => (format!("{value} is not a `{format}`"), None),
        Kind::Pattern { pattern } => (format!("{value} does not match `{}`", shown(pattern)), None),
        Kind::UniqueItems => ("the items are not all different".to_owned(), None),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => (format!("{value} is none of the forms allowed here"), None),
        Kind::OneOfMultipleValid { .. } => {
            (format!("{value} is more than one of the forms, of which it must be one"), None)
        }
        _ => (shown(&error.masked_with(value).to_string()), None),
    }
}

/// The value that was probably meant, or the values there are when they are few.
fn allowed(found: &Value, options: &Value) -> Option<String> {
    let texts: Vec<&str> = options.as_array()?.iter().filter_map(Value::as_str).collect();
    match found.as_str().and_then(|found| closest(found, texts.iter().copied())) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if !texts.is_empty() && texts.len() <= 12 => Some(format!("allowed are {}", texts.join(", "))),
        None => None,
    }
}

fn value(value: &Value) -> String {
    format!("`{}`", shown(value.as_str().unwrap_or(&value.to_string())))
}

fn shown(found: &str) -> String {
    text::printable(&text::head(found, 100))
}
