//! What a command ends with when it cannot do its work.

use std::error::Error;
use std::io::ErrorKind;
use std::path::Path;

use assay_base::{Diagnostic, Place};
use assay_contract::DocumentErrors;
use assay_wire::{Exit, Problem, ProblemKind};
use serde::Serialize;

/// Why a command ended: the exit code, a stable code for scripts, and for people what, where, why and the way out.
///
/// It is boxed inside, so that `Result<_, CliError>` stays small.
#[derive(Debug)]
pub(crate) struct CliError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    exit: Exit,
    code: String,
    message: String,
    place: Place,
    hint: Option<String>,
    request_id: Option<String>,
    excerpt: Option<Excerpt>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The document that an error is about: people are shown its lines, with carets under what is wrong.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// Everything that is wrong in it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Its text.
    pub(crate) source: String,
    /// What it is called.
    pub(crate) label: String,
}

/// The JSON form: `{"error":{…}}`.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorDocument<'a> {
    error: ErrorBody<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: String,
    #[serde(flatten)]
    place: &'a Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl CliError {
    /// An error with its exit code, its stable code (kebab-case) and one sentence, lower-case and without a full stop.
    pub(crate) fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            exit,
            code: code.into(),
            message: message.into(),
            place: Place::default(),
            hint: None,
            request_id: None,
            excerpt: None,
            source: None,
        }))
    }

    /// Wrong usage: exit 2, code `usage`.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, "usage", message)
    }

    /// A file that could not be read or written. What is absent or no file is the user's mistake
    /// (exit 2), everything else is the machine's.
    pub(crate) fn file(action: &str, path: &Path, source: std::io::Error) -> Self {
        let exit = match source.kind() {
            ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::InvalidInput => {
                Exit::Invalid
            }
            _ => Exit::Unexpected,
        };
        Self::new(exit, "file", format!("cannot {action} `{}`", path.display())).because(source)
    }

    /// Mistakes in a document of the user: exit 2 with the first one, and all of them for people. `label` is what the
    /// document is called, `-` for standard input.
    pub(crate) fn in_document(label: &str, source: &str, errors: DocumentErrors) -> Self {
        let diagnostics = errors.diagnostics;
        let first = diagnostics.first().cloned();
        let mut error = Self::from(first.unwrap_or_else(|| Diagnostic::new("document", "the document is not valid")));
        if label != "-" {
            error.0.message = format!("{label}: {}", error.0.message);
        }
        error.0.excerpt = Some(Excerpt { diagnostics, source: source.to_owned(), label: label.to_owned() });
        error
    }

    /// The same with its place in a document.
    #[must_use]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.place = place;
        self
    }

    /// The same with a way out.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same with the error underneath.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    /// The sentence and the errors underneath, joined by colons.
    pub(crate) fn message(&self) -> String {
        let mut text = self.0.message.clone();
        let mut next: Option<&(dyn Error + 'static)> = self.0.source.as_ref().map(|source| &**source as _);
        while let Some(error) = next {
            let part = error.to_string();
            // Libraries repeat the inner error in the outer one.
            if !text.contains(&part) {
                text = format!("{text}: {part}");
            }
            next = error.source();
        }
        text
    }

    /// Where in a document it is.
    pub(crate) fn place(&self) -> &Place {
        &self.0.place
    }

    /// The way out.
    pub(crate) fn way_out(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What the server's log calls the request.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The document that it is about.
    pub(crate) fn excerpt(&self) -> Option<&Excerpt> {
        self.0.excerpt.as_ref()
    }

    /// The JSON form.
    pub(crate) fn json_form(&self) -> ErrorDocument<'_> {
        ErrorDocument {
            error: ErrorBody {
                code: self.code(),
                message: self.message(),
                place: self.place(),
                hint: self.way_out(),
                request_id: self.request_id(),
            },
        }
    }
}

impl From<Problem> for CliError {
    fn from(problem: Problem) -> Self {
        let exit =
            ProblemKind::from_uri(&problem.kind).map_or_else(|| exit_of_status(problem.status), ProblemKind::exit);
        let message = if problem.detail.is_empty() { problem.title } else { problem.detail };
        let mut error = Self::new(exit, problem.code, message).at(Place {
            pointer: problem.pointer,
            line: problem.line,
            column: problem.column,
        });
        error.0.hint = problem.hint;
        error.0.request_id = problem.request_id;
        error
    }
}

impl From<Diagnostic> for CliError {
    fn from(diagnostic: Diagnostic) -> Self {
        let mut error = Self::new(Exit::Invalid, diagnostic.code, diagnostic.message).at(diagnostic.place);
        error.0.hint = diagnostic.hint;
        error
    }
}

/// The exit code of an answer that is no problem document of ours, as a proxy gives it.
pub(crate) fn exit_of_status(status: u16) -> Exit {
    match status {
        401 | 403 | 404 => Exit::Forbidden,
        409 | 412 => Exit::Conflict,
        429 | 502..=504 => Exit::Network,
        400..=499 => Exit::Invalid,
        _ => Exit::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_has_the_place_where_there_is_one() {
        let error = CliError::usage("no");
        let plain = error.json_form();
        assert_eq!(serde_json::to_string(&plain.error).unwrap(), r#"{"code":"usage","message":"no"}"#);
        let place = Place { pointer: Some("/spec".into()), line: Some(3), column: Some(9) };
        let error = CliError::new(Exit::Incomplete, "contract-incomplete", "m").at(place).hint("h");
        assert_eq!(
            serde_json::to_value(error.json_form()).unwrap(),
            serde_json::json!({"error": {"code": "contract-incomplete", "message": "m", "pointer": "/spec",
                                         "line": 3, "column": 9, "hint": "h"}})
        );
    }

    #[test]
    fn a_problem_keeps_its_code_and_becomes_its_exit() {
        for kind in ProblemKind::ALL {
            let mut problem = kind.problem("detail");
            problem.code = "special".into();
            let error = CliError::from(problem);
            assert_eq!((error.exit(), error.code()), (kind.exit(), "special"));
        }
    }

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("disk on fire");
        let error = CliError::file("read", Path::new("a"), inner);
        assert_eq!(error.message(), "cannot read `a`: disk on fire");
        assert_eq!(error.exit(), Exit::Unexpected);
    }
}
