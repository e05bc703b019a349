use serde_json::{Map, Value};

/// What the top level of a JSON object says, as far as `text` can be read: its strings, and an empty container or `null` in
/// place of everything else. The first of two equal keys counts. Needs no recursion and never fails: what comes behind the
/// first thing that is not JSON is not seen.
///
/// This is how the identity of a document is judged that is broken or larger than what is parsed.
pub(crate) fn sketch(text: &[u8]) -> Value {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blank();
    if !scanner.eat(b'{') {
        return Value::Array(Vec::new());
    }
    let mut object = Map::new();
    while let Some(key) = scanner.string() {
        if !scanner.eat(b':') {
            break;
        }
        let Some(value) = scanner.value() else { break };
        object.entry(key).or_insert(value);
        if !scanner.eat(b',') {
            break;
        }
    }
    Value::Object(object)
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.blank();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        self.blank();
        there
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.skip_string()?;
        serde_json::from_slice(&self.text[start..self.at]).ok()
    }

    fn skip_string(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    /// The next value. A container that does not end counts: it is there, only what follows it is not seen.
    fn value(&mut self) -> Option<Value> {
        match self.peek()? {
            b'"' => self.string().map(Value::String),
            b'{' => Some(self.container(Value::Object(Map::new()))),
            b'[' => Some(self.container(Value::Array(Vec::new()))),
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
                    self.at += 1;
                }
                Some(Value::Null)
            }
            _ => None,
        }
    }

    fn container(&mut self, shown: Value) -> Value {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            if byte == b'"' {
                if self.skip_string().is_none() {
                    break;
                }
                continue;
            }
            self.at += 1;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_top_level_is_seen_as_far_as_it_goes() {
        for (text, seen) in [
            (r#"{"a": "x", "b": {"a": ["}"]}, "c": 1e999, "a": "y", "d"#, json!({"a": "x", "b": {}, "c": null})),
            (r#"{"a": [[["#, json!({"a": []})),
            (r#"{"a\u0062": "\"", "e": !}"#, json!({"ab": "\""})),
            ("{", json!({})),
            ("[{\"a\": 1}", json!([])),
        ] {
            assert_eq!(sketch(text.as_bytes()), seen, "{text}");
        }
    }
}
