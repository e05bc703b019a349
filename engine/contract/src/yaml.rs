//! YAML into a tree. Anchors, aliases, merge keys and tags are refused: they make a document mean something else than it
//! says, and are how a small document becomes a large one.

use assay_base::Diagnostic;
use serde_saphyr::granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span as Marked, options};

use crate::Span;
use crate::node::{Builder, DEPTH, Root, Scalar, Style, Value, no_anchors, place, shown, too_deep};

/// Reads all documents of a stream that are not empty.
pub(crate) fn read(text: &str) -> Result<(Vec<Root>, Vec<Diagnostic>), Diagnostic> {
    let options = options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: DEPTH + 1,
        block_nesting_limit: DEPTH + 1,
    };
    let mut builder = Builder::default();
    let mut roots = Vec::new();
    let mut start = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, marked) = event.map_err(|error| refused(text, &error))?;
        let span = span(text, &marked);
        match event {
            Event::DocumentStart(true, _) => start = next_document(text, &mut roots, span.start),
            Event::DocumentEnd => {
                let bytes = start..text.len();
                roots.extend(builder.take().filter(|node| !node.is_null()).map(|node| Root { node, bytes }));
            }
            event => take(&mut builder, text, event, &marked, span)?,
        }
    }
    if let [only] = roots.as_mut_slice() {
        only.bytes = 0..text.len();
    }
    Ok((roots, builder.mistakes))
}

/// Ends the document before a `---`. The next one begins behind it; the first one has what stands above it, too.
fn next_document(text: &str, roots: &mut [Root], at: usize) -> usize {
    match roots.last_mut() {
        None => 0,
        Some(last) => {
            last.bytes.end = last.bytes.end.min(at);
            behind_marker(text, at)
        }
    }
}

fn take(builder: &mut Builder, text: &str, event: Event<'_>, marked: &Marked, span: Span) -> Result<(), Diagnostic> {
    let (anchor, tagged) = match &event {
        Event::Scalar(_, _, anchor, tag)
        | Event::SequenceStart(_, anchor, tag)
        | Event::MappingStart(_, anchor, tag) => (*anchor, tag.is_some()),
        Event::Alias(_) | Event::UnresolvedAlias(_) => return Err(no_anchors("an alias (`*`)", span)),
        _ => (0, false),
    };
    if anchor != 0 {
        return Err(no_anchors("an anchor (`&`)", span));
    }
    if tagged {
        let at = marked.tag_start().map_or(span, |start| point(text, &start));
        let message = "a tag (`!`) is not allowed in a document";
        return Err(Diagnostic::new("document-tag", message).at(place(at)).hint("remove it"));
    }
    match event {
        Event::Scalar(value, style, ..) => {
            let style = style_of(text, &value, style, span);
            builder.scalar(Scalar { text: value.into_owned(), style }, span)
        }
        Event::SequenceStart(..) => builder.begin(Value::Sequence(Vec::new()), span),
        Event::MappingStart(..) => builder.begin(Value::Mapping(Vec::new()), span),
        Event::SequenceEnd | Event::MappingEnd => {
            let end = text.get(..span.end).map_or(span.end, |before| before.trim_end().len());
            builder.end(end);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn style_of(text: &str, value: &str, style: ScalarStyle, span: Span) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::Literal => literal(text, value, span),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted | ScalarStyle::Folded => Style::Quoted,
    }
}

/// The event of a literal block stands at its first line that is not blank; the blank ones above it are content too.
/// Its indentation is what that line has in the document and not in the value.
fn literal(text: &str, value: &str, span: Span) -> Style {
    let blank = value.bytes().take_while(|b| *b == b'\n').count();
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let content = value[blank..].lines().next().unwrap_or_default();
    let number = |n: usize| u32::try_from(n).unwrap_or(0);
    Style::Literal {
        first_line: span.line.saturating_sub(number(blank)).max(1),
        indent: number(line.chars().count().saturating_sub(content.chars().count())),
    }
}

/// The end of the line of a `---` that has nothing else, otherwise what stands behind it.
fn behind_marker(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let behind = rest.strip_prefix("---").unwrap_or(rest);
    let blank = behind.len() - behind.trim_start_matches([' ', '\t', '\r']).len();
    let line_end = usize::from(behind[blank..].starts_with('\n'));
    at + (rest.len() - behind.len()) + blank + line_end
}

fn refused(text: &str, error: &ScanError) -> Diagnostic {
    let at = point(text, error.marker());
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(at),
        ErrorKind::DirectiveDisallowed => {
            Diagnostic::new("document-directive", "a directive (`%`) is not allowed in a document").at(place(at))
        }
        kind => {
            let diagnostic =
                Diagnostic::new("document-syntax", format!("this is not YAML: {}", shown(&kind.to_string())));
            let diagnostic = diagnostic.at(place(at));
            match kind {
                ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
                    diagnostic.hint("indent with spaces, not with tabs")
                }
                _ => diagnostic,
            }
        }
    }
}

fn span(text: &str, marked: &Marked) -> Span {
    let start = point(text, &marked.start);
    Span { end: marked.end.byte_offset().unwrap_or(start.start).max(start.start), ..start }
}

fn point(text: &str, marker: &Marker) -> Span {
    let start = marker.byte_offset().unwrap_or(0).min(text.len());
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span { line: number(marker.line()), column: number(marker.col() + 1), start, end: start }
}
