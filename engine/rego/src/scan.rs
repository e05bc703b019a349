use std::iter::Peekable;
use std::str::Chars;

use crate::{Position, Rejection, RejectionKind};

/// Deepest nesting of brackets in a script. Evaluators try an array first as a comprehension and then again as an array,
/// so that their time doubles with every level; what people write has four or five.
pub const MAX_NESTING: usize = 20;

/// Looks over a script in linear time, before a parser does.
///
/// # Errors
/// [`Rejection`] when it is empty, does not begin with a package, has a string without an end, or nests brackets too deeply.
pub fn scan(source: &str) -> Result<(), Rejection> {
    let mut scanner = Scanner::new(source);
    scanner.package()?;
    let mut depth = 0_usize;
    while let Some((c, at)) = scanner.next_significant()? {
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(Rejection { kind: RejectionKind::Nesting, position: at });
        }
    }
    Ok(())
}

struct Scanner<'a> {
    chars: Peekable<Chars<'a>>,
    at: Position,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a str) -> Self {
        Self { chars: source.chars().peekable(), at: Position { line: 1, column: 1 } }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.at = Position { line: self.at.line.saturating_add(1), column: 1 };
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(c)
    }

    /// The next character outside of comments and strings; a string counts as its opening quote.
    fn next_significant(&mut self) -> Result<Option<(char, Position)>, Rejection> {
        loop {
            let at = self.at;
            let Some(c) = self.next() else { return Ok(None) };
            match c {
                '#' => self.skip_line(),
                '"' => self.skip_string(at)?,
                '`' => self.skip_raw_string(at)?,
                c if c.is_whitespace() => continue,
                _ => {}
            }
            if c != '#' {
                return Ok(Some((c, at)));
            }
        }
    }

    /// The first word must be `package`.
    fn package(&mut self) -> Result<(), Rejection> {
        let empty = Rejection { kind: RejectionKind::Empty, position: self.at };
        let (first, position) = self.next_significant()?.ok_or(empty)?;
        let mut word = String::from(first);
        while let Some(&c) = self.chars.peek() {
            if !(c.is_alphanumeric() || c == '_') || word.len() > 40 {
                break;
            }
            word.push(c);
            self.next();
        }
        if word == "package" { Ok(()) } else { Err(Rejection { kind: RejectionKind::NoPackage(word), position }) }
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|c| c != '\n') {}
    }

    fn skip_string(&mut self, begin: Position) -> Result<(), Rejection> {
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => {
                    self.next();
                }
                Some('\n') | None => return Err(Rejection { kind: RejectionKind::OpenString, position: begin }),
                Some(_) => {}
            }
        }
    }

    fn skip_raw_string(&mut self, begin: Position) -> Result<(), Rejection> {
        loop {
            match self.next() {
                Some('`') => return Ok(()),
                None => return Err(Rejection { kind: RejectionKind::OpenString, position: begin }),
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(source: &str) -> Option<(RejectionKind, u32, u32)> {
        scan(source).err().map(|r| (r.kind, r.position.line, r.position.column))
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_place() {
        let nested = |n: usize| format!("package p\nx := {}1{}\n", "[".repeat(n), "]".repeat(n));
        let table = [
            (String::new(), Some((RejectionKind::Empty, 1, 1))),
            (" # only a comment\n".into(), Some((RejectionKind::Empty, 1, 1))),
            ("SELECT 1;".into(), Some((RejectionKind::NoPackage("SELECT".into()), 1, 1))),
            ("# c\n  packages a".into(), Some((RejectionKind::NoPackage("packages".into()), 2, 3))),
            ("{\"a\": 1}".into(), Some((RejectionKind::NoPackage("{".into()), 1, 1))),
            ("package p\nx := \"a\n".into(), Some((RejectionKind::OpenString, 2, 6))),
            ("package p\nx := `a\nb".into(), Some((RejectionKind::OpenString, 2, 6))),
            (nested(20), None),
            (nested(21), Some((RejectionKind::Nesting, 2, 26))),
            (nested(100_000), Some((RejectionKind::Nesting, 2, 26))),
        ];
        for (source, expected) in table {
            assert_eq!(rejected(&source), expected, "{}", source.chars().take(40).collect::<String>());
        }
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(50);
        assert_eq!(scan(&format!("package p # {many}\nx := \"\\\"{many}\" # \"\ny := `{many}\n{many}`\n")), Ok(()));
    }
}
