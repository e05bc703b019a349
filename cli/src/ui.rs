//! Everything that is printed. Data goes to standard output, messages go to standard error.
//!
//! Whatever a stranger wrote passes [`printable`] on its way, so that no document steers a terminal, and never begins a
//! line, so that none looks like something that was said here.

mod lines;
mod progress;
mod view;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use assay_base::Secret;
use assay_base::text::printable;
use assay_contract::{Color, render};
use assay_wire::Exit;
use serde::Serialize;

pub(crate) use progress::Progress;
pub(crate) use view::{Table, Tone, View, or_dash};

use crate::error::{CliError, Excerpt};
use lines::{inset, one_line};

/// The form of the data on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// The statement of a run, byte for byte.
    #[value(hide = true)]
    Statement,
    /// The bundle of a run, byte for byte.
    #[value(hide = true)]
    Attestation,
    /// The bytes that the signature of a run is over.
    #[value(hide = true)]
    PayloadPae,
}

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors, warnings and notes.
    Normal,
    /// And what is sent where.
    Verbose,
}

/// Prints. It is a small set of choices, made once from the global options, and is copied freely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    format: Format,
    verbosity: Verbosity,
    colour_out: bool,
    colour_err: bool,
    live: bool,
}

/// Whether colours may be used at all, before it is known whether there is a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Where there is a terminal.
    Auto,
    /// Nowhere.
    Never,
}

impl Ui {
    /// A printer for this process.
    pub(crate) fn new(format: Format, verbosity: Verbosity, colour: Colour) -> Self {
        let allowed = colour == Colour::Auto;
        let terminal = io::stderr().is_terminal();
        Self {
            format,
            verbosity,
            colour_out: allowed && io::stdout().is_terminal(),
            colour_err: allowed && terminal,
            live: allowed && terminal && verbosity != Verbosity::Quiet,
        }
    }

    /// The form that was asked for.
    pub(crate) const fn format(self) -> Format {
        self.format
    }

    /// Prints the answer of a command: `value` as one JSON document, or what `view` makes of it for people.
    ///
    /// # Errors
    /// [`CliError`] when standard output cannot be written.
    pub(crate) fn answer<T: Serialize>(self, value: &T, view: impl FnOnce(&T) -> View) -> Result<(), CliError> {
        match self.format {
            Format::Json => self.json(value),
            _ => self.bytes(view(value).render(self.colour_out).as_bytes()),
        }
    }

    /// Prints one JSON document and a newline.
    ///
    /// # Errors
    /// [`CliError`] when standard output cannot be written.
    pub(crate) fn json<T: Serialize>(self, value: &T) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| {
            CliError::new(Exit::Unexpected, "output", "the answer cannot be written as JSON").because(error)
        })?;
        self.bytes(format!("{}\n", escape_invisible(&text)).as_bytes())
    }

    /// Prints a text that is JSON already: the bytes of somebody else's document, and a newline.
    ///
    /// # Errors
    /// [`CliError`] when standard output cannot be written.
    pub(crate) fn json_text(self, text: &str) -> Result<(), CliError> {
        self.bytes(format!("{}\n", escape_invisible(text.trim_end())).as_bytes())
    }

    /// Prints bytes exactly.
    ///
    /// # Errors
    /// [`CliError`] when standard output cannot be written. A reader that went away has seen what it wanted: no error, so
    /// that the exit code still tells the verdict.
    #[expect(clippy::unused_self, reason = "whatever is printed goes through the printer")]
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let failed = CliError::new(Exit::Unexpected, "output", "cannot write to standard output");
                Err(failed.because(error))
            }
            _ => Ok(()),
        }
    }

    /// Says something worth knowing.
    pub(crate) fn note(self, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.say(Tone::Plain, "", message);
        }
    }

    /// Says what the user should look at.
    pub(crate) fn warn(self, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.say(Tone::Warn, "warning: ", message);
        }
    }

    /// Says a way out.
    pub(crate) fn hint(self, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.say(Tone::Dim, "hint: ", message);
        }
    }

    /// Says what is going on underneath, to those who asked with `-v`.
    pub(crate) fn detail(self, message: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.say(Tone::Dim, "", message);
        }
    }

    /// Tells the error that ends the command: on standard error for people, and as the one JSON document where JSON was
    /// asked for.
    pub(crate) fn error(self, error: &CliError) {
        self.tell(error);
        if self.format == Format::Json {
            // Nothing is left to do when even this cannot be written.
            drop(self.json(&error.json_form()));
        }
    }

    /// Tells an error to people only.
    fn tell(self, error: &CliError) {
        if let Some(excerpt) = error.excerpt() {
            // It is safe to show as it is, and has the hints in it.
            write_err(&carets(excerpt, self.colour_err));
        } else {
            self.say(Tone::Bad, "error: ", &sentence(error));
            error.way_out().into_iter().for_each(|hint| self.say(Tone::Dim, "hint: ", hint));
        }
        if let Some(id) = error.request_id() {
            self.detail(&format!("request id: {id}"));
        }
    }

    /// Shows what is wrong in a document as data, on standard output.
    ///
    /// # Errors
    /// [`CliError`] when standard output cannot be written.
    pub(crate) fn findings(self, excerpt: &Excerpt) -> Result<(), CliError> {
        self.bytes(carets(excerpt, self.colour_out).as_bytes())
    }

    /// Asks for something that must not be seen, on the terminal; `None` where there is none, or where it was refused.
    ///
    /// # Errors
    /// [`CliError`] when the terminal cannot be read.
    #[expect(clippy::unused_self, reason = "whatever is printed goes through the printer")]
    pub(crate) fn ask_secret(self, prompt: &str) -> Result<Option<Secret<String>>, CliError> {
        let terminal = console::Term::stderr();
        if !terminal.is_term() || !io::stdin().is_terminal() {
            return Ok(None);
        }
        write_err(&format!("{}: ", one_line(prompt)));
        let read = terminal.read_secure_line();
        let failed =
            |error| CliError::new(Exit::Unexpected, "terminal", "cannot read from the terminal").because(error);
        read.map(|text| Some(Secret::new(text))).map_err(failed)
    }

    /// A bar on the terminal for something that takes `total` bytes; silent where nobody looks.
    pub(crate) fn progress(self, label: &str, total: u64) -> Progress {
        Progress::new(self.live, &one_line(label), total)
    }

    fn say(self, tone: Tone, label: &str, message: &str) {
        write_err(&format!("{}{}\n", tone.paint(label, self.colour_err), inset(message)));
    }
}

fn write_err(text: &str) {
    // A message that nobody can receive is no reason to fail.
    drop(io::stderr().lock().write_all(text.as_bytes()));
}

fn carets(excerpt: &Excerpt, colour: bool) -> String {
    let colour = if colour { Color::Ansi } else { Color::Plain };
    let mut diagnostics = excerpt.diagnostics.clone();
    for diagnostic in &mut diagnostics {
        diagnostic.message = one_line(&diagnostic.message);
        diagnostic.hint = diagnostic.hint.as_deref().map(one_line);
    }
    render(&diagnostics, &excerpt.source, &one_line(&excerpt.label), colour)
}

fn sentence(error: &CliError) -> String {
    let place = error.place();
    match (place.line, place.column, &place.pointer) {
        (Some(line), Some(column), _) => format!("{} (line {line}, column {column})", error.message()),
        (Some(line), None, _) => format!("{} (line {line})", error.message()),
        (None, _, Some(pointer)) if !pointer.is_empty() => format!("{} (at `{pointer}`)", error.message()),
        _ => error.message(),
    }
}

/// Writes control characters and direction marks beyond ASCII as `\uXXXX`: in JSON they stand in strings only, where that
/// is the same value. JSON itself escapes the ASCII ones.
fn escape_invisible(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() || !is_invisible(c) {
            out.push(c);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
    out
}

fn is_invisible(c: char) -> bool {
    let text = c.encode_utf8(&mut [0; 4]).to_owned();
    printable(&text) != text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_value_and_steers_nothing() {
        let value = serde_json::json!({"a": "x\u{1b}[2J\u{9b}31m\u{202e}ä"});
        let text = escape_invisible(&value.to_string());
        assert_eq!(text, "{\"a\":\"x\\u001b[2J\\u009b31m\\u202eä\"}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_mistake_in_a_document_begins_no_line_either() {
        let diagnostics = vec![assay_base::Diagnostic::new("c", "a\nok: b").hint("h\nok: c")];
        let text = carets(&Excerpt { diagnostics, source: "x\n".into(), label: "l\nok: d".into() }, false);
        assert!(!text.lines().any(|line| line.starts_with("ok")), "{text}");
    }

    #[test]
    fn an_error_says_its_place() {
        let place = assay_base::Place::line(3, 9);
        assert_eq!(sentence(&CliError::usage("m").at(place)), "m (line 3, column 9)");
        assert_eq!(sentence(&CliError::usage("m").at(assay_base::Place::pointer("/a"))), "m (at `/a`)");
    }
}
