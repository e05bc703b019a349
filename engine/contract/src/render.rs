use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use assay_base::Diagnostic;
use assay_base::text::printable;

/// Characters of a line that are shown before and behind a mistake: a line may be megabytes long.
const AROUND: usize = 80;

/// Whether the output may have ANSI colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// Text alone.
    Plain,
    /// ANSI escapes (ECMA-48, SGR).
    Ansi,
}

/// Shows diagnostics to people: message, place, the line with a caret, and the hint. `label` says which document it is,
/// `source` is the text whose lines they speak of. Nothing of the document can steer the terminal.
pub fn render(diagnostics: &[Diagnostic], source: &str, label: &str, color: Color) -> String {
    let renderer = match color {
        Color::Plain => Renderer::plain(),
        Color::Ansi => Renderer::styled(),
    };
    let starts = line_starts(source);
    let label = printable(label);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&[report(diagnostic, source, &starts, &label)]));
        out.push_str("\n\n");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn report<'a>(diagnostic: &Diagnostic, source: &str, starts: &[usize], label: &str) -> Group<'a> {
    let title = Level::ERROR.primary_title(printable(&diagnostic.message)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    if let Some(line) = diagnostic.place.line {
        let (line, column) = (line as usize, diagnostic.place.column.unwrap_or(1).max(1) as usize);
        let window = window(line_of(source, starts, line), column - 1);
        let snippet =
            Snippet::source(window.text).line_start(line).annotation(AnnotationKind::Primary.span(window.caret));
        group = if window.exact {
            group.element(snippet.path(label.to_owned()))
        } else {
            group.element(Origin::path(label.to_owned()).line(line).char_column(column)).element(snippet)
        };
    } else {
        group = group.element(Origin::path(label.to_owned()));
    }
    match &diagnostic.hint {
        Some(hint) => group.element(Level::HELP.with_name(Some("hint")).message(printable(hint))),
        None => group,
    }
}

fn line_starts(source: &str) -> Vec<usize> {
    std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn line_of<'s>(source: &'s str, starts: &[usize], line: usize) -> &'s str {
    let start = starts.get(line.saturating_sub(1)).copied().unwrap_or(source.len());
    source[start..].lines().next().unwrap_or_default()
}

/// The part of a line around a character.
struct Window {
    /// Safe to show.
    text: String,
    /// The bytes of it that are marked.
    caret: Range<usize>,
    /// Whether columns of it are columns of the line: nothing before the mistake was cut off or escaped.
    exact: bool,
}

fn window(line: &str, at: usize) -> Window {
    let from = at.saturating_sub(AROUND);
    let part: String = line.chars().skip(from).take(2 * AROUND).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let split = part.char_indices().nth(at - from).map_or(part.len(), |(byte, _)| byte);
    let (before, rest) = part.split_at(split);
    let word = rest.find(|c: char| c.is_whitespace() || ",:]}".contains(c)).unwrap_or(rest.len());
    let marked: String = rest.chars().take(rest[..word].chars().count().max(1)).collect();
    let (safe, shown) = (printable(before), printable(&marked));
    let exact = from == 0 && safe == before && before.chars().count() == at;
    let caret = safe.len()..safe.len() + shown.len();
    let text = format!("{safe}{shown}{}", printable(&rest[marked.len()..]));
    Window { text, caret, exact }
}

#[cfg(test)]
mod tests {
    use assay_base::Place;

    use super::*;

    #[test]
    fn a_mistake_is_shown_with_its_line() {
        let source = "a: 1\nnäme: Scan_1, x\n";
        let diagnostic = Diagnostic::new("bad-name", "`Scan_1` is not a name").at(Place::line(2, 7)).hint("use `scan`");
        let text = render(std::slice::from_ref(&diagnostic), source, "c.yaml", Color::Plain);
        assert_eq!(
            text,
            "error[bad-name]: `Scan_1` is not a name\n --> c.yaml:2:7\n  |\n2 | näme: Scan_1, x\n  |       ^^^^^^\n  |\n  = hint: use `scan`\n"
        );
        assert!(render(&[diagnostic], source, "c.yaml", Color::Ansi).contains("\u{1b}["));
        let nowhere = Diagnostic::new("document-empty", "there is no document");
        assert_eq!(render(&[nowhere], "", "-", Color::Plain), "error[document-empty]: there is no document\n--> -\n");
    }

    #[test]
    fn columns_are_characters() {
        for (line, column) in [("k: 漢字 x", 7), ("\tkey", 2), ("\u{1b}key", 2), ("🦀🦀x", 3)] {
            let diagnostic = Diagnostic::new("x", "y").at(Place::line(1, column));
            let text = render(&[diagnostic], line, "c", Color::Plain);
            assert!(text.contains(&format!("c:1:{column}\n")), "{text}");
        }
    }

    #[test]
    fn a_document_cannot_steer_the_terminal() {
        let source = format!("{}\u{1b}]0;owned\u{7}x\u{202e}y", "z".repeat(1 << 20));
        let places = [(1, 1 << 20), (1, (1 << 20) + 4), (1, u32::MAX), (9, 9), (1, 0), (0, 1)];
        for (line, column) in places {
            let diagnostic = Diagnostic::new("x", "\u{1b}[2J").at(Place::line(line, column)).hint("\u{1b}[2J");
            let text = render(&[diagnostic], &source, "\u{1b}[2J", Color::Plain);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
            assert!(!text.contains('\u{202e}') && text.contains('^') && text.len() < 2_000, "{text}");
        }
    }
}
