/// Line and column (from 1) of the value at `pointer` in a well-formed JSON document; of its nearest parent when it is
/// not there. [`None`] when the document is not well-formed on the way.
pub fn locate(bytes: &[u8], pointer: &str) -> Option<(u32, u32)> {
    let text = super::without_bom(bytes);
    let mut walker = Walker { text, at: 0 };
    walker.blank();
    let mut found = walker.at;
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let inside = match walker.peek()? {
            b'{' => walker.enter_key(&segment)?,
            b'[' => walker.enter_index(segment.parse().ok()?)?,
            _ => false,
        };
        if !inside {
            break;
        }
        found = walker.at;
    }
    let before = &text[..found];
    let line = before.split(|b| *b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count();
    Some((u32::try_from(line).ok()?, u32::try_from(column + 1).ok()?))
}

struct Walker<'t> {
    text: &'t [u8],
    at: usize,
}

impl Walker<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Steps over `byte` if it is next.
    fn eat(&mut self, byte: u8) -> bool {
        self.blank();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        self.blank();
        there
    }

    /// Moves to the value of `key` in the object that begins here. False when it has no such key.
    fn enter_key(&mut self, key: &str) -> Option<bool> {
        let start = self.at;
        self.eat(b'{');
        while self.peek()? == b'"' {
            let name = self.string()?;
            self.eat(b':');
            if name == key {
                return Some(true);
            }
            self.skip()?;
            if !self.eat(b',') {
                break;
            }
        }
        self.at = start;
        Some(false)
    }

    /// Moves to item `index` of the array that begins here. False when it is shorter.
    fn enter_index(&mut self, index: usize) -> Option<bool> {
        let start = self.at;
        self.eat(b'[');
        for _ in 0..index {
            if self.peek()? == b']' {
                break;
            }
            self.skip()?;
            self.eat(b',');
        }
        if self.peek()? == b']' {
            self.at = start;
            return Some(false);
        }
        Some(true)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_slice(self.text.get(start..self.at)?).ok()
    }

    /// Steps over one value, without recursion.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.blank();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => {
                    while self.peek().is_some_and(|b| !b.is_ascii_whitespace() && !b",:]}".contains(&b)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                self.blank();
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_its_line() {
        let text = b"{\n \"a\": [1, {\"b/c\": \"x]\\\"\",\n   \"d\": true}],\n \"e\": {}\n}";
        for (pointer, place) in [
            ("", (1, 1)),
            ("/a", (2, 7)),
            ("/a/0", (2, 8)),
            ("/a/1/b~1c", (2, 19)),
            ("/a/1/d", (3, 9)),
            ("/e", (4, 7)),
            ("/a/7", (2, 7)),
            ("/e/nope", (4, 7)),
        ] {
            assert_eq!(locate(text, pointer), Some(place), "{pointer}");
        }
        assert_eq!(locate(b"{", "/a"), None);
    }
}
