use assay_base::text;
use assay_ports::ScriptError;
use assay_sandbox::{SandboxError, Trap};

/// Longest message that is passed on, in characters.
const MESSAGE: usize = 1000;

/// What guests say of scripts; a code that is not among them is a `policy-trap`.
const CODES: [&str; 10] = [
    "policy-syntax",
    "policy-nesting",
    "policy-unsafe-variable",
    "policy-unknown-function",
    "policy-recursion",
    "policy-conflict",
    "policy-builtin",
    "policy-undefined",
    "policy-result",
    "policy-input",
];

/// An error without a place. The message may quote a script or a document, so it is made fit to be shown.
pub(crate) fn error(code: &'static str, message: &str) -> ScriptError {
    ScriptError { code, message: text::head(&text::printable(message), MESSAGE), line: None, column: None }
}

/// The code as a static text.
pub(crate) fn known(code: &str) -> &'static str {
    CODES.into_iter().find(|known| *known == code).unwrap_or("policy-trap")
}

/// The guest broke off.
pub(crate) fn trap(trap: &Trap) -> ScriptError {
    let message = trap.to_string();
    match trap {
        Trap::CpuBudget(_) | Trap::WallDeadline(_) => error("policy-budget", &message),
        Trap::Memory(_) => error("policy-memory", &message),
        // A single allocation larger than the address space.
        Trap::Guest(text) if text.contains("capacity overflow") => {
            error("policy-memory", "the policy asks for more memory than there is")
        }
        Trap::StackOverflow => error("policy-recursion", "the policy calls itself too deeply"),
        Trap::Output { .. } => error("policy-output", &message),
        Trap::Guest(_) => error("policy-trap", &format!("the evaluator broke off: {message}")),
        Trap::Host(source) => unavailable(source),
    }
}

/// The evaluator cannot run at all.
pub(crate) fn unavailable(source: &SandboxError) -> ScriptError {
    let mut message = source.to_string();
    let mut cause = std::error::Error::source(source);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    error("policy-evaluator", &message)
}

/// The guest answered something that is not of its interface.
pub(crate) fn unreadable(source: &serde_json::Error) -> ScriptError {
    error("policy-trap", &format!("the evaluator's answer cannot be read: {source}"))
}
