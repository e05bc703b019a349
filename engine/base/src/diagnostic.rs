use std::fmt;

use serde::Serialize;

/// Where in a document something is: any part that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// JSON Pointer (RFC 6901) of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Place {
    /// A place known by its JSON Pointer only.
    pub fn pointer(pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..Self::default() }
    }

    /// A place known by line and column, both from 1.
    pub fn line(line: u32, column: u32) -> Self {
        Self { line: Some(line), column: Some(column), ..Self::default() }
    }
}

/// What is wrong with (or worth saying about) a document that somebody handed in: what, where, why, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, kebab-case.
    pub code: &'static str,
    /// One sentence; what the user wrote stands in backticks.
    pub message: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without a place and without a hint.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: Place::default(), hint: None }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same with a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (&self.place.line, &self.place.column, &self.place.pointer) {
            (Some(line), Some(column), _) => write!(f, " (line {line}, column {column})"),
            (Some(line), None, _) => write!(f, " (line {line})"),
            (None, _, Some(pointer)) => write!(f, " (at `{pointer}`)"),
            _ => Ok(()),
        }
    }
}
