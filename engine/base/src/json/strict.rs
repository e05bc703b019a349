use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::json::push_pointer;
use crate::{Diagnostic, Place, limits};

/// A document that is not read: why, and where.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct JsonError {
    /// Why.
    pub kind: JsonErrorKind,
    /// Where, as far as it is known.
    pub place: Place,
}

/// Why a document is not read.
#[derive(Debug, thiserror::Error)]
pub enum JsonErrorKind {
    /// There is nothing to read.
    #[error("the document is empty")]
    Empty,
    /// Larger than [`limits::JSON_BYTES`].
    #[error("the document has {0} bytes, the limit `json-size` is {limit}", limit = limits::JSON_BYTES)]
    Size(usize),
    /// Deeper than [`limits::JSON_DEPTH`].
    #[error("the document is nested deeper than {limit} levels (limit `json-depth`)", limit = limits::JSON_DEPTH)]
    Depth,
    /// More values than [`limits::JSON_VALUES`].
    #[error("the document has more than {limit} values (limit `json-values`)", limit = limits::JSON_VALUES)]
    Values,
    /// It would take more memory than [`limits::JSON_MEMORY`], or what its reader allows.
    #[error("the document would take more than {0} bytes of memory (limit `json-memory`)")]
    Memory(u64),
    /// It begins with a byte order mark where the bytes themselves are signed.
    #[error("the document begins with a byte order mark")]
    ByteOrderMark,
    /// A number that is longer than [`limits::JSON_NUMBER`] characters.
    #[error("a number has more than {limit} characters (limit `json-number`)", limit = limits::JSON_NUMBER)]
    Number,
    /// The same key twice in one object: parsers disagree about which one counts.
    #[error("the key `{0}` stands twice in one object")]
    DuplicateKey(String),
    /// Not JSON.
    #[error("this is not JSON: {}", strip_place(.0))]
    Syntax(#[source] serde_json::Error),
}

impl JsonErrorKind {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "json-empty",
            Self::Size(_) => "json-size",
            Self::Depth => "json-depth",
            Self::Values => "json-values",
            Self::Memory(_) => "json-memory",
            Self::ByteOrderMark => "json-byte-order-mark",
            Self::Number => "json-number",
            Self::DuplicateKey(_) => "json-duplicate-key",
            Self::Syntax(_) => "json-syntax",
        }
    }
}

impl JsonError {
    /// The error as a diagnostic.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.kind.code(), self.kind.to_string()).at(self.place.clone())
    }
}

/// The message of `serde_json` without its ` at line L column C`, which [`Place`] says.
fn strip_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or(text.clone(), |at| text[..at].to_owned())
}

/// The bytes behind a UTF-8 byte order mark, if there is one.
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Reads a JSON document strictly.
///
/// # Errors
/// [`JsonError`] for anything that is not one JSON value within the limits, with line, column and, for what is wrong
/// inside a well-formed prefix, the pointer.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    parse_within(without_bom(bytes), limits::JSON_MEMORY)
}

/// The same for bytes that are signed or digested as they are: a byte order mark, which other readers refuse, is refused,
/// and the memory limit is [`limits::BUNDLE_MEMORY`].
///
/// # Errors
/// As [`parse`].
pub fn parse_signed(bytes: &[u8]) -> Result<Value, JsonError> {
    if without_bom(bytes).len() < bytes.len() {
        return Err(JsonError { kind: JsonErrorKind::ByteOrderMark, place: Place::line(1, 1) });
    }
    parse_within(bytes, limits::BUNDLE_MEMORY)
}

fn parse_within(text: &[u8], memory: u64) -> Result<Value, JsonError> {
    let fail = |kind, place| Err(JsonError { kind, place });
    if text.iter().all(u8::is_ascii_whitespace) {
        return fail(JsonErrorKind::Empty, Place::line(1, 1));
    }
    if text.len() > limits::JSON_BYTES {
        return fail(JsonErrorKind::Size(text.len()), Place::default());
    }
    let context = Context { memory, ..Context::default() };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let outcome = Seed(&context).deserialize(&mut deserializer).and_then(|v| deserializer.end().map(|()| v));
    match outcome {
        Ok(_) if context.floats.get() && has_long_number(text) => fail(JsonErrorKind::Number, Place::default()),
        Ok(value) => Ok(value),
        Err(error) => Err(context.explain(error)),
    }
}

/// Memory of a value in its array or object, in bytes.
const VALUE: u64 = 48;
/// Memory of an object beside its values: a node of the tree map has room for eleven.
const OBJECT: u64 = 640;

/// What a pass over a document has seen; the error path is kept beside the error, because serde's errors are text.
#[derive(Default)]
struct Context {
    values: Cell<u64>,
    /// An estimate of the memory that the values take, and how much they may.
    taken: Cell<u64>,
    memory: u64,
    floats: Cell<bool>,
    failure: RefCell<Option<JsonErrorKind>>,
    /// Segments of the pointer, innermost first, filled while an error travels outwards.
    trail: RefCell<Vec<String>>,
}

impl Context {
    fn fail<E: serde::de::Error>(&self, kind: JsonErrorKind) -> E {
        *self.failure.borrow_mut() = Some(kind);
        E::custom("refused")
    }

    /// Notes memory that is about to be taken.
    fn take<E: serde::de::Error>(&self, bytes: u64) -> Result<(), E> {
        self.taken.set(self.taken.get().saturating_add(bytes));
        if self.taken.get() > self.memory { Err(self.fail(JsonErrorKind::Memory(self.memory))) } else { Ok(()) }
    }

    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        self.take(VALUE)?;
        self.values.set(self.values.get() + 1);
        if self.values.get() > limits::JSON_VALUES { Err(self.fail(JsonErrorKind::Values)) } else { Ok(()) }
    }

    fn explain(self, error: serde_json::Error) -> JsonError {
        let mut pointer = String::new();
        for segment in self.trail.into_inner().iter().rev() {
            push_pointer(&mut pointer, segment);
        }
        let position = |n| u32::try_from(n).ok().filter(|n| *n > 0);
        let place = Place {
            pointer: Some(pointer),
            line: position(error.line()),
            column: position(error.column()).or(position(error.line()).map(|_| 1)),
        };
        let kind = self.failure.into_inner().unwrap_or_else(|| {
            if error.to_string().starts_with("recursion limit") {
                JsonErrorKind::Depth
            } else {
                JsonErrorKind::Syntax(error)
            }
        });
        JsonError { kind, place }
    }
}

#[derive(Clone, Copy)]
struct Seed<'c>(&'c Context);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        self.0.floats.set(true);
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            match seq.next_element_seed(self) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(Value::Array(items)),
                Err(error) => {
                    self.0.trail.borrow_mut().push(items.len().to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        self.0.take(OBJECT)?;
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                self.0.trail.borrow_mut().push(key.clone());
                return Err(self.0.fail(JsonErrorKind::DuplicateKey(key)));
            }
            let value = match map.next_value_seed(self) {
                Ok(value) => value,
                Err(error) => {
                    self.0.trail.borrow_mut().push(key);
                    return Err(error);
                }
            };
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// Whether a number outside of strings is longer than the limit. `text` is well-formed JSON.
fn has_long_number(text: &[u8]) -> bool {
    let (mut in_string, mut escaped, mut run) = (false, false, 0);
    for &b in text {
        if in_string {
            (in_string, escaped) = (escaped || b != b'"', !escaped && b == b'\\');
            continue;
        }
        in_string = b == b'"';
        run = if matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') { run + 1 } else { 0 };
        if run > limits::JSON_NUMBER {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_parsers_disagree_about_are_refused() {
        let long = format!("[{}.5]", "1".repeat(70));
        let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
        let cases: [(&[u8], &str, &str); 13] = [
            (b"", "json-empty", ""),
            (b" \n", "json-empty", ""),
            (b"{", "json-syntax", ""),
            (b"{}{}", "json-syntax", ""),
            (b"[1e999]", "json-syntax", "/0"),
            (br#"{"a":{"b~/":[1,{"x":1,"x":2}]}}"#, "json-duplicate-key", "/a/b~0~1/1/x"),
            (br#"{"a":1,"\u0061":2}"#, "json-duplicate-key", "/a"),
            (br#"["\ud800"]"#, "json-syntax", "/0"),
            (b"[\"\xff\"]", "json-syntax", "/0"),
            (b"[NaN]", "json-syntax", "/0"),
            (b"[01]", "json-syntax", "/0"),
            (long.as_bytes(), "json-number", ""),
            (deep.as_bytes(), "json-depth", &"/0".repeat(127)),
        ];
        for (text, code, pointer) in cases {
            let error = parse(text).unwrap_err();
            let shown = String::from_utf8_lossy(text);
            assert_eq!(error.kind.code(), code, "{shown}");
            assert_eq!(error.place.pointer.unwrap_or_default(), pointer, "{shown}");
        }
    }

    #[test]
    fn many_small_objects_are_refused_before_they_fill_the_memory() {
        let text = format!("[{}{{}}]", "{},".repeat(3_000_000));
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind.code(), "json-memory");
        assert_eq!(parse_signed(b"[1]").unwrap(), serde_json::json!([1]));
        assert_eq!(parse_signed(b"\xef\xbb\xbf[1]").unwrap_err().kind.code(), "json-byte-order-mark");
        assert_eq!(parse_signed(&text.as_bytes()[..9_000_000]).unwrap_err().kind.code(), "json-memory");
    }

    #[test]
    fn what_is_fine_is_read() {
        assert_eq!(
            parse(b"\xef\xbb\xbf {\"a\":\r\n[1,-2,0.5,null]}").unwrap(),
            serde_json::json!({"a": [1, -2, 0.5, null]})
        );
        assert!(parse(format!("{}{}", "[".repeat(127), "]".repeat(127)).as_bytes()).is_ok());
        assert!(parse(br#"["\"1111111111111111111111111111111111111111111111111111111111111111111111", 0.5]"#).is_ok());
    }
}
