use assay_plugin_sdk::prelude::*;

/// Slack cuts longer texts off.
const LIMIT: usize = 4000;

/// A message with this text, as it is: nobody is notified, nothing is linked in disguise, and it is not too long.
pub(crate) fn message(text: &str) -> Value {
    let mut escaped = String::with_capacity(text.len());
    let mut room = LIMIT;
    for c in text.trim_end().chars() {
        let mut buffer = [0; 4];
        let written = escape(c).unwrap_or_else(|| c.encode_utf8(&mut buffer));
        let Some(left) = room.checked_sub(written.chars().count()).filter(|left| *left > 0) else {
            escaped.push('…');
            break;
        };
        room = left;
        escaped.push_str(written);
    }
    json!({ "text": escaped })
}

/// The three characters that begin and end Slack's control sequences (its documentation: "Formatting text for app
/// surfaces", escaping).
const fn escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_notified_and_nothing_is_linked_in_disguise() {
        let message = message("<!channel> & <https://evil.example|here>\n");
        assert_eq!(message["text"], "&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        for (text, characters) in [("x".repeat(3999), 3999), ("x".repeat(5000), 4000), ("<".repeat(5000), 3997)] {
            let message = message(&text);
            let text = message["text"].as_str().unwrap();
            assert_eq!(text.chars().count(), characters);
            assert!(!text.contains("&l…") && !text.contains("&…"), "{text}");
        }
    }
}
