use std::time::Duration;

use assay_base::json;
use assay_base::text::{head, printable};
use assay_integration::InputIssue;
use assay_ports::{CallFailure, CallReport, PluginError};
use assay_sandbox::{Ran, Trap};
use serde_json::Value;

use crate::bindings::assay::integration::types::{Error, Failure, Retry};
use crate::call::Call;
use crate::redact::Redactor;

/// The answer of a function that has none.
pub(crate) const NOTHING: &str = "null";

/// Longest answer, in bytes.
const ANSWER_BYTES: usize = 256 << 10;

/// Longest sentence and code of a failure in characters, and most issues of an input.
const SENTENCE: usize = 2_000;
const CODE: usize = 64;
const ISSUES: usize = 100;

/// The report of a call that did not need the guest, with its answer.
pub(crate) fn without_guest(answer: Value) -> CallReport {
    CallReport {
        outcome: Ok(answer),
        requests: vec![],
        log: vec![],
        duration: Duration::ZERO,
        cpu: Duration::ZERO,
        memory: 0,
    }
}

/// The report of a call that ended, however it did. Secrets are struck out of everything that the guest said.
pub(crate) fn report(ran: Ran<Call, Result<String, Error>>) -> Result<CallReport, PluginError> {
    let Ran { outcome, host: call, cpu, wall, memory } = ran;
    let redactor = &call.redactor;
    let outcome = match outcome {
        Ok(Ok(answer)) => document(&answer, redactor),
        Ok(Err(error)) => Err(failure(error, redactor)),
        Err(Trap::Host(error)) => return Err(PluginError::Host(Box::new(error))),
        Err(trap) => Err(trapped(&trap, redactor)),
    };
    let (requests, log) = call.into_records();
    Ok(CallReport { outcome, requests, log, duration: wall, cpu, memory })
}

/// A sentence of a stranger: one line, bounded, safe to show.
pub(crate) fn sentence(text: &str) -> String {
    head(&printable(text).replace('\n', " "), SENTENCE)
}

fn document(answer: &str, redactor: &Redactor) -> Result<Value, CallFailure> {
    let broken = |message: String| Err(CallFailure::Trap { code: "output", message });
    if answer.len() > ANSWER_BYTES {
        return broken(Trap::Output { size: answer.len(), limit: ANSWER_BYTES }.to_string());
    }
    match json::parse(answer.as_bytes()) {
        Ok(value) => Ok(redactor.value(value)),
        Err(error) => {
            broken(format!("the answer of the integration is refused: {}", sentence(&redactor.text(error.to_string()))))
        }
    }
}

fn failure(error: Error, redactor: &Redactor) -> CallFailure {
    let told = |text: String| sentence(&redactor.text(text));
    let code = |text: String| head(&told(text), CODE);
    match error {
        Error::InvalidInput(issues) => {
            let issue = |issue: crate::bindings::assay::integration::types::FieldIssue| InputIssue {
                pointer: told(issue.pointer),
                message: told(issue.message),
            };
            CallFailure::InvalidInput(issues.into_iter().take(ISSUES).map(issue).collect())
        }
        Error::Unauthorized(Failure { code: word, message }) => {
            CallFailure::Unauthorized { code: code(word), message: told(message) }
        }
        Error::Retryable(Retry { code: word, message, after_seconds }) => CallFailure::Retryable {
            code: code(word),
            message: told(message),
            after: after_seconds.map(|seconds| Duration::from_secs(seconds.into())),
        },
        Error::Permanent(Failure { code: word, message }) => {
            CallFailure::Permanent { code: code(word), message: told(message) }
        }
    }
}

fn trapped(trap: &Trap, redactor: &Redactor) -> CallFailure {
    let code = match trap {
        Trap::CpuBudget(_) => "cpu",
        Trap::WallDeadline(_) => "wall",
        Trap::Memory(_) => "memory",
        Trap::StackOverflow => "stack",
        Trap::Output { .. } => "output",
        Trap::Guest(reason) if reason.contains("unreachable") => "panic",
        Trap::Guest(_) | Trap::Host(_) => "guest",
    };
    CallFailure::Trap { code, message: sentence(&redactor.text(trap.to_string())) }
}
