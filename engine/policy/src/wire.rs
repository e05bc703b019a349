use assay_ports::ScriptError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::failure;

/// What the guest's `evaluate` takes.
#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    pub(crate) source: &'a str,
    pub(crate) args: Option<&'a Map<String, Value>>,
    pub(crate) metadata: Option<&'a Value>,
    pub(crate) instant_ns: i64,
}

/// What the guest's functions answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Nothing to say.
    Done,
    /// The script's `result`.
    Result(Value),
    /// The script is wrong.
    Failed(Failure),
}

/// An error of a script, as the guest tells it.
#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    code: String,
    message: String,
    line: Option<u32>,
    column: Option<u32>,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ScriptError> {
        serde_json::from_slice(bytes).map_err(|error| failure::unreadable(&error))
    }

    /// Expects an answer without a value.
    pub(crate) fn done(self) -> Result<(), ScriptError> {
        match self {
            Self::Done => Ok(()),
            Self::Failed(failure) => Err(failure.into()),
            Self::Result(_) => Err(failure::error("policy-trap", "the evaluator answered out of turn")),
        }
    }

    /// Expects the `result` of a script.
    pub(crate) fn result(self) -> Result<Value, ScriptError> {
        match self {
            Self::Result(value) => Ok(value),
            Self::Failed(failure) => Err(failure.into()),
            Self::Done => Err(failure::error("policy-trap", "the evaluator answered out of turn")),
        }
    }
}

impl From<Failure> for ScriptError {
    fn from(failure: Failure) -> Self {
        let Failure { code, message, line, column } = failure;
        Self { line, column, ..failure::error(failure::known(&code), &message) }
    }
}
