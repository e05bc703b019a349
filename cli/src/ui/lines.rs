use assay_base::text::printable;

/// A stranger's text on one line: line breaks become `\n`, which can be read. Cells and fields are of this kind.
pub(super) fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// A stranger's text on lines of which only the first begins where this one does: the others are set in by two, so that
/// none of them can pass for a line of its own.
pub(super) fn inset(text: &str) -> String {
    let text = printable(text.trim_end_matches('\n'));
    let own = text.len() - text.trim_start_matches(' ').len();
    text.replace('\n', &format!("\n{}", " ".repeat(own + 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_are_tamed() {
        assert_eq!(one_line("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(inset("a\nb\n\n"), "a\n  b");
        assert_eq!(inset("   a\r\nb"), "   a\\u{d}\n     b");
        assert_eq!(inset("\nb"), "\n  b");
    }
}
