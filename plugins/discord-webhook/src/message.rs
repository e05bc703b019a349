use assay_plugin_sdk::prelude::*;

/// Discord refuses longer contents.
const LIMIT: usize = 2000;

/// The name of the file with the statement.
pub(crate) const FILE: &str = "statement.txt";

/// The `payload_json` of a message with one file. The text is shown as it is, and nobody is notified, whatever it says
/// (Discord's documentation: "Uploading files", "Allowed mentions object").
pub(crate) fn message(text: &str, username: Option<&str>) -> Value {
    let mut message = json!({
        "content": truncate(&escape(text.trim_end()), LIMIT),
        "allowed_mentions": { "parse": [] },
        "attachments": [{ "id": 0, "filename": FILE }],
    });
    if let Some(username) = username {
        message["username"] = json!(username);
    }
    message
}

/// What Discord's Markdown would take for markup is text.
fn escape(text: &str) -> String {
    let mark = |c: char| matches!(c, '\\' | '*' | '_' | '`' | '~' | '|' | '<' | '>' | '[' | ']' | '#');
    // Underscores within words and addresses are no markup, and escaping them would break links.
    let mut escaped = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let link = word.starts_with("https://") || word.starts_with("http://");
        for c in word.chars() {
            if mark(c) && !(link && matches!(c, '_' | '#' | '~')) {
                escaped.push('\\');
            }
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_notified_and_markup_is_text() {
        let message = message("@everyone <@1> **x** [here](https://evil.example)", Some("assay"));
        assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
        assert_eq!(message["content"], "@everyone \\<@1\\> \\*\\*x\\*\\* \\[here\\](https://evil.example)");
        assert_eq!(message["username"], "assay");
    }

    #[test]
    fn addresses_stay_what_they_are() {
        let message = message("Run: a_b\nPage: https://ci.example/a_b#c\n", None);
        assert_eq!(message["content"], "Run: a\\_b\nPage: https://ci.example/a_b#c");
        assert_eq!(message.get("username"), None);
    }

    #[test]
    fn long_contents_are_cut() {
        let message = message(&"- *x*\n".repeat(500), None);
        assert_eq!(message["content"].as_str().map(|text| text.chars().count()), Some(LIMIT));
    }
}
