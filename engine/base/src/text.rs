//! Text of strangers, made safe to show.

/// Replaces what could steer a terminal or hide text: C0 and C1 controls (but newline and tab) and bidirectional
/// overrides become `\u{…}` escapes that can be read. Everything else is kept.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let steers = c.is_control() && c != '\n' && c != '\t';
        let hides =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if steers || hides { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The first `max` characters of `text`, with an ellipsis where something was cut.
pub fn head(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_letters() {
        assert_eq!(printable("\u{1b}]0;owned\u{7}a\tb\nc\u{202e}"), "\\u{1b}]0;owned\\u{7}a\tb\nc\\u{202e}");
        assert_eq!(head("äbc", 2), "äb…");
        assert_eq!(head("äb", 2), "äb");
    }
}
