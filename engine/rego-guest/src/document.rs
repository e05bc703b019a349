use regorus::Value;

use crate::failure::Failure;

/// What policies see as `input.args`.
const ARGS: &str = "args";
/// What policies see as `input.chainloop_metadata`.
const METADATA: &str = "chainloop_metadata";

/// The parsed document: the input of every policy of the instance.
#[derive(Debug)]
pub(crate) struct Document {
    input: Value,
}

impl Document {
    /// Parses JSON text. An array becomes `{"elements": [...]}`.
    ///
    /// Keys that are the policy's own side of the input are dropped: evidence must not be able to speak for the arguments.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
            .map_err(|error| Failure::new("policy-input", format!("the document is not UTF-8: {error}")))?;
        let value = Value::from_json_str(text)
            .map_err(|error| Failure::new("policy-input", format!("the document is not JSON: {error}")))?;
        let input = match value {
            Value::Object(_) => value,
            Value::Array(_) => object([("elements", value)]),
            _ => return Err(Failure::new("policy-input", "the document is neither an object nor an array")),
        };
        let mut document = Self { input };
        document.put(ARGS, None);
        document.put(METADATA, None);
        Ok(document)
    }

    /// The input of one policy. It shares everything with the document; once it is dropped, the next one costs no copy.
    pub(crate) fn input(&mut self, args: Option<Value>, metadata: Option<Value>) -> Value {
        self.put(ARGS, args);
        self.put(METADATA, metadata);
        self.input.clone()
    }

    fn put(&mut self, key: &str, value: Option<Value>) {
        let Ok(object) = self.input.as_object_mut() else { return };
        let key = Value::from(key);
        match value {
            Some(value) => {
                object.insert(key, value);
            }
            None if object.contains_key(&key) => {
                object.remove(&key);
            }
            None => {}
        }
    }
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut value = Value::new_object();
    if let Ok(object) = value.as_object_mut() {
        for (key, entry) in entries {
            object.insert(Value::from(key), entry);
        }
    }
    value
}
