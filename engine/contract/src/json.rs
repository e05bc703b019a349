//! JSON into the same tree (RFC 8259). YAML readers refuse some of it: tabs between tokens, long keys, surrogates.

use assay_base::Diagnostic;

use crate::Span;
use crate::node::{Builder, Node, Scalar, Style, Value};

type Outcome = Result<(Node, Vec<Diagnostic>), Diagnostic>;

/// Reads one JSON object or array; none when the text is something else, which may still be YAML.
pub(crate) fn read(text: &str) -> Option<Outcome> {
    let at = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader { text, at, line: 1, column: 1, counted: 0, builder: Builder::default() };
    reader.blank();
    if !matches!(reader.peek(), Some(b'{' | b'[')) {
        return None;
    }
    match reader.document() {
        Ok(()) => {
            let node = reader.builder.take()?;
            Some(Ok((node, reader.builder.mistakes)))
        }
        Err(Stop::NotJson) => None,
        Err(Stop::Refused(diagnostic)) => Some(Err(diagnostic)),
    }
}

enum Stop {
    NotJson,
    Refused(Diagnostic),
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Refused(diagnostic)
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    /// The column of byte `counted`, from 1: columns are counted once, however long a line is.
    column: u32,
    counted: usize,
    builder: Builder,
}

impl Reader<'_> {
    /// One value and nothing behind it. Iterative: `open` holds the brackets that are still to be closed.
    fn document(&mut self) -> Result<(), Stop> {
        let mut open = Vec::new();
        loop {
            self.blank();
            let span = self.here();
            match self.peek().ok_or(Stop::NotJson)? {
                bracket @ (b'{' | b'[') => {
                    let value = if bracket == b'{' { Value::Mapping(Vec::new()) } else { Value::Sequence(Vec::new()) };
                    self.builder.begin(value, span)?;
                    self.at += 1;
                    open.push(bracket);
                    self.blank();
                    if self.peek() != Some(closing(bracket)) {
                        self.key_if_needed(bracket)?;
                        continue;
                    }
                }
                b'"' => self.string(span)?,
                _ => self.word(span)?,
            }
            if self.behind_value(&mut open)? {
                self.blank();
                return if self.at == self.text.len() { Ok(()) } else { Err(Stop::NotJson) };
            }
        }
    }

    /// Closes what ends here and steps to the next value. True when the document is complete.
    fn behind_value(&mut self, open: &mut Vec<u8>) -> Result<bool, Stop> {
        while let Some(&bracket) = open.last() {
            self.blank();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.blank();
                    self.key_if_needed(bracket)?;
                    return Ok(false);
                }
                Some(found) if found == closing(bracket) => {
                    self.at += 1;
                    open.pop();
                    self.builder.end(self.at);
                }
                _ => return Err(Stop::NotJson),
            }
        }
        Ok(true)
    }

    fn key_if_needed(&mut self, bracket: u8) -> Result<(), Stop> {
        if bracket == b'[' {
            return Ok(());
        }
        if self.peek() != Some(b'"') {
            return Err(Stop::NotJson);
        }
        let span = self.here();
        self.string(span)?;
        self.blank();
        if self.peek() != Some(b':') {
            return Err(Stop::NotJson);
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self, span: Span) -> Result<(), Stop> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let mut length = 0;
        loop {
            match rest.get(length).ok_or(Stop::NotJson)? {
                b'"' => break,
                b'\\' => length += 2,
                0..=0x1f => return Err(Stop::NotJson),
                _ => length += 1,
            }
        }
        let end = self.at + 1 + length + 1;
        let raw = self.text.get(self.at..end).ok_or(Stop::NotJson)?;
        let text = serde_json::from_str(raw).map_err(|_| Stop::NotJson)?;
        self.at = end;
        Ok(self.builder.scalar(Scalar { text, style: Style::Quoted }, Span { end, ..span })?)
    }

    fn word(&mut self, span: Span) -> Result<(), Stop> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = &rest[..length];
        if !matches!(word, "null" | "true" | "false")
            && serde_json::from_str::<&serde_json::value::RawValue>(word).is_err()
        {
            return Err(Stop::NotJson);
        }
        self.at += length;
        let scalar = Scalar { text: word.to_owned(), style: Style::Plain };
        Ok(self.builder.scalar(scalar, Span { end: self.at, ..span })?)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while let Some(b @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.at += 1;
            if b == b'\n' {
                self.line += 1;
                (self.column, self.counted) = (1, self.at);
            }
        }
    }

    fn here(&mut self) -> Span {
        let count = self.text[self.counted..self.at].chars().count();
        self.column = self.column.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.counted = self.at;
        Span { line: self.line, column: self.column, start: self.at, end: self.at }
    }
}

const fn closing(bracket: u8) -> u8 {
    if bracket == b'{' { b'}' } else { b']' }
}
