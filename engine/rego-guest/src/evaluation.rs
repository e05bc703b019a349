use assay_rego::{Placement, RULES};
use regorus::Value;
use serde::Deserialize;

use crate::answer::Answer;
use crate::document::Document;
use crate::failure::Failure;
use crate::policy::Policy;

/// One policy to run.
#[derive(Debug, Deserialize)]
struct Request {
    source: String,
    args: Option<Value>,
    metadata: Option<Value>,
    instant_ns: i64,
}

/// Runs the policy of a request (JSON) on the document.
pub(crate) fn evaluate(document: Option<&mut Document>, request: &[u8]) -> Answer {
    let Some(document) = document else {
        return Answer::Failed(Failure::new("policy-input", "no document was loaded"));
    };
    let request: Request = match serde_json::from_slice(request) {
        Ok(request) => request,
        Err(error) => return Answer::Failed(Failure::new("policy-trap", format!("unreadable request: {error}"))),
    };
    let input = document.input(request.args, request.metadata);
    answer(in_either_place(|placement| {
        Policy::parse(&request.source, placement, request.instant_ns)?.evaluate(input.clone())
    }))
}

/// Parses and compiles a policy (its text).
pub(crate) fn check(source: &[u8]) -> Answer {
    let source = String::from_utf8_lossy(source);
    match in_either_place(|placement| Policy::parse(&source, placement, 0)?.compile()) {
        Ok(()) => Answer::Done,
        Err(failure) => Answer::Failed(failure),
    }
}

fn answer(result: Result<Value, Failure>) -> Answer {
    match result {
        Ok(Value::Undefined) => Answer::Failed(Failure::new("policy-undefined", "the rule `result` is undefined")),
        Ok(value) => Answer::Result(value),
        Err(failure) => Answer::Failed(failure),
    }
}

/// The boilerplate stands apart, unless the policy reads a rule that it leaves to it: then a variable of that name is
/// missing, and nothing else can be told from the attempt.
fn in_either_place<T>(attempt: impl Fn(Placement) -> Result<T, Failure>) -> Result<T, Failure> {
    match attempt(Placement::Apart) {
        Err(failure) if misses_a_rule(&failure) => attempt(Placement::Within),
        outcome => outcome,
    }
}

fn misses_a_rule(failure: &Failure) -> bool {
    failure.code == "policy-unsafe-variable" && RULES.iter().any(|rule| failure.message.contains(&format!("`{rule}`")))
}
