use assay_rego::Rejection;
use serde::Serialize;

use crate::policy::FILE;

/// Codes of evaluation errors by a part of regorus' message; the first that fits.
const CODES: [(&str, &str); 13] = [
    ("expression nesting too deep", "policy-nesting"),
    ("is not available to policies", "policy-builtin"),
    ("use of undefined variable", "policy-unsafe-variable"),
    ("is unsafe", "policy-unsafe-variable"),
    ("used before definition", "policy-unsafe-variable"),
    ("could not find function", "policy-unknown-function"),
    ("recursion detected", "policy-recursion"),
    ("cyclic", "policy-recursion"),
    ("multiple outputs", "policy-conflict"),
    ("multiple values for the same", "policy-conflict"),
    ("multiple default rules", "policy-conflict"),
    ("conflict", "policy-conflict"),
    ("internal error", "policy-trap"),
];

/// An error of a policy, and its place in the policy as its author wrote it.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

impl Failure {
    /// An error without a place.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), line: None, column: None }
    }

    /// What the parser says of a policy.
    pub(crate) fn parsing(error: &impl ToString) -> Self {
        Self::classified(&error.to_string(), "policy-syntax")
    }

    /// What the analysis or the evaluation says of a policy. What no other code fits, is a builtin function that was given
    /// something wrong.
    pub(crate) fn running(error: &impl ToString) -> Self {
        Self::classified(&error.to_string(), "policy-builtin")
    }

    /// regorus writes errors for people: `--> FILE:LINE:COLUMN`, the line, a caret under it and `error: MESSAGE`; or, in
    /// the parser of `some`, `FILE:LINE:COLUMN error: MESSAGE`.
    fn classified(text: &str, otherwise: &'static str) -> Self {
        let (place, rest) = place(text).unwrap_or((None, text));
        let message = rest.split_once("^\nerror: ").map_or(rest, |(_, message)| message);
        // What follows in further lines are other places.
        let message = message.trim_start_matches("error: ").lines().next().unwrap_or_default().trim();
        let message = unsafe_variable(message).unwrap_or_else(|| message.to_owned());
        let code = CODES.iter().find(|(part, _)| message.contains(part)).map_or(otherwise, |(_, code)| *code);
        let (line, column) = place.unzip();
        Self { code, message, line, column }
    }
}

/// What the evaluation says of a variable that the analysis missed, in the words of the analysis.
fn unsafe_variable(message: &str) -> Option<String> {
    let (name, _) = message.strip_prefix("var ")?.split_once(" is unsafe")?;
    Some(format!("use of undefined variable `{name}` is unsafe"))
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        let (line, column) = (Some(rejection.position.line), Some(rejection.position.column));
        Self { code: rejection.kind.code(), message: rejection.to_string(), line, column }
    }
}

/// The first place of the text and what follows it; no place when it lies in another file than the policy.
fn place(text: &str) -> Option<(Option<(u32, u32)>, &str)> {
    let text = text.trim_start();
    let (arrow, located) = match text.strip_prefix("--> ") {
        Some(located) => (true, located),
        None => (false, text),
    };
    let end = if arrow { located.find('\n')? } else { located.find(" error: ")? };
    let (head, rest) = located.split_at(end);
    let mut parts = head.rsplitn(3, ':');
    let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let in_policy = parts.next()? == FILE;
    Some((in_policy.then_some((line, column)), rest.trim_start_matches(' ')))
}
