use serde_json::Value;

use crate::http::HttpError;

/// What a destination answers.
#[derive(Debug, Clone)]
pub struct Answer(pub(super) Result<Parts, HttpError>);

#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// An answer without a body.
    pub const fn status(status: u16) -> Self {
        Self(Ok(Parts { status, headers: vec![], body: vec![] }))
    }

    /// No answer.
    pub const fn error(error: HttpError) -> Self {
        Self(Err(error))
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(parts) = &mut self.0 {
            parts.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        if let Ok(parts) = &mut self.0 {
            parts.body = body.into();
        }
        self
    }

    /// With a JSON document as its body.
    #[must_use]
    pub fn json(self, document: &Value) -> Self {
        self.header("content-type", "application/json").body(document.to_string())
    }
}
