use std::fmt;

use crate::http::HttpError;
use crate::mail::MailError;

/// What went wrong; its kind is what the host does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The user's input is wrong: shown beside the fields, never tried again.
    InvalidInput(Vec<FieldIssue>),
    /// The destination refuses the credential: the registration is unhealthy, nothing is tried until somebody acts.
    Unauthorized(Failure),
    /// Later.
    Retryable(Retry),
    /// Never: the delivery is dead.
    Permanent(Failure),
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldIssue {
    /// JSON pointer (RFC 6901) of the field.
    pub pointer: String,
    /// Why, and what would be right.
    pub message: String,
}

/// A stable code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable word, for example `http-404`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// What went wrong for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// A stable word, for example `http-503`.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// How many seconds the destination asked to wait.
    pub after_seconds: Option<u32>,
}

impl Error {
    /// One field of the input is wrong; `pointer` is for example `/url`.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidInput(vec![FieldIssue { pointer: pointer.into(), message: message.into() }])
    }

    /// The destination refuses the credential.
    pub fn unauthorized(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Unauthorized(Failure { code: code.into(), message: message.into() })
    }

    /// It may work later.
    pub fn retryable(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Retryable(Retry { code: code.into(), message: message.into(), after_seconds: None })
    }

    /// It will never work.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Permanent(Failure { code: code.into(), message: message.into() })
    }

    /// The same, with the number of seconds to wait; of no meaning unless it is [`Self::Retryable`].
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        if let Self::Retryable(retry) = &mut self {
            retry.after_seconds = Some(seconds);
        }
        self
    }

    /// The code; `invalid-input` for input.
    pub fn code(&self) -> &str {
        match self {
            Self::InvalidInput(_) => "invalid-input",
            Self::Unauthorized(failure) | Self::Permanent(failure) => &failure.code,
            Self::Retryable(retry) => &retry.code,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidInput(issues) => {
                let lines: Vec<_> =
                    issues.iter().map(|issue| format!("{}: {}", issue.pointer, issue.message)).collect();
                f.write_str(&lines.join("; "))
            }
            Self::Unauthorized(failure) | Self::Permanent(failure) => f.write_str(&failure.message),
            Self::Retryable(retry) => f.write_str(&retry.message),
        }
    }
}

impl std::error::Error for Error {}

/// Refused by the host is for ever; everything else on the way may be different later.
impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        let message = error.to_string();
        match error {
            HttpError::Denied(_) => Self::permanent("egress-denied", message),
            HttpError::TooLarge => Self::permanent("response-too-large", message),
            HttpError::Dns(_) => Self::retryable("network-dns", message),
            HttpError::Connect(_) => Self::retryable("network-connect", message),
            HttpError::Tls(_) => Self::retryable("network-tls", message),
            HttpError::Timeout => Self::retryable("network-timeout", message),
            HttpError::Protocol(_) => Self::retryable("network-protocol", message),
        }
    }
}

impl From<MailError> for Error {
    fn from(error: MailError) -> Self {
        let message = error.to_string();
        match error {
            MailError::Denied(_) => Self::permanent("egress-denied", message),
            MailError::Transient(_) => Self::retryable("mail-transient", message),
            MailError::Unauthorized(_) => Self::unauthorized("mail-unauthorized", message),
            MailError::Rejected(_) => Self::permanent("mail-rejected", message),
        }
    }
}
