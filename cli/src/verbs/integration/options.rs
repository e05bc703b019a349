use std::path::Path;

use assay_integration::typed_options;
use serde_json::{Map, Value};

use crate::error::CliError;
use crate::files::{self, Limit};
use crate::verbs::att::key_value;

/// The values of a form, on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct OptionArgs {
    /// A value of the form that `assay integration available describe` shows: true and false, numbers, JSON for objects
    /// and lists, text otherwise; repeatable
    #[arg(long = "opt", value_name = "KEY=VALUE")]
    values: Vec<String>,
    /// A value from a file, or from standard input with `KEY=-`, so that no secret stands on the command line; a line
    /// break at its end is left out; repeatable
    #[arg(long = "opt-file", value_name = "KEY=FILE")]
    files: Vec<String>,
}

/// Values as text, before the form says what they are.
#[derive(Clone)]
pub(super) struct Given(Vec<(String, String)>);

impl OptionArgs {
    /// Reads the files.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when an option is not `key=value`, a key is given twice, or a file cannot be read.
    pub(super) fn read(&self) -> Result<Given, CliError> {
        let mut given = Vec::new();
        for text in &self.values {
            given.push(key_value("--opt", text)?);
        }
        for text in &self.files {
            let (key, path) = key_value("--opt-file", text)?;
            given.push((key, content(&path)?));
        }
        let mut keys: Vec<_> = given.iter().map(|(key, _)| key).collect();
        keys.sort();
        match keys.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(CliError::usage(format!("the option `{}` is given twice", pair[0]))),
            None => Ok(Given(given)),
        }
    }
}

impl Given {
    /// The values as the form's schema types them. The server checks them: what does not fit stays a text, and it says
    /// what is wrong with it.
    pub(super) fn typed(&self, schema: &Value) -> Map<String, Value> {
        match typed_options(schema, &self.0) {
            Value::Object(options) => options,
            _ => Map::new(),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one of this name.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(given, _)| given == key)
    }
}

fn content(path: &str) -> Result<String, CliError> {
    let mut text = match path {
        "-" => files::stdin_text(Limit::DOCUMENT)?,
        path => files::given_text(Path::new(path), Limit::DOCUMENT)?,
    };
    let kept = text.strip_suffix('\n').map_or(text.len(), |line| line.strip_suffix('\r').unwrap_or(line).len());
    text.truncate(kept);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(values: &[&str], files: &[String]) -> Result<Given, CliError> {
        OptionArgs { values: values.iter().map(|&text| text.to_owned()).collect(), files: files.to_vec() }.read()
    }

    #[test]
    fn values_are_typed_by_the_form() {
        let schema = json!({"properties": {
            "flag": {"type": "boolean"}, "port": {"type": "integer"}, "tags": {"type": "array"}, "name": {"type": "string"}
        }});
        let given = read(&["flag=true", "port=25", "tags=[\"a\"]", "name=a=b", "other=1"], &[]).unwrap();
        let expected = json!({"flag": true, "port": 25, "tags": ["a"], "name": "a=b", "other": "1"});
        assert_eq!(Value::Object(given.typed(&schema)), expected);
        assert!(given.has("port") && !given.has("host") && !given.is_empty());
        let wrong = read(&["flag=perhaps", "port=x"], &[]).unwrap().typed(&schema);
        assert_eq!(Value::Object(wrong), json!({"flag": "perhaps", "port": "x"}), "the server says what is wrong");
    }

    #[test]
    fn a_file_gives_its_text_without_the_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        for (text, expected) in [("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("a\nb\n\n", "a\nb\n"), ("x", "x")] {
            let path = folder.path().join("secret");
            std::fs::write(&path, text).unwrap();
            let given = read(&[], &[format!("secret={}", path.display())]).unwrap();
            assert_eq!(given.typed(&json!({}))["secret"], expected);
        }
        let absent = read(&[], &[format!("secret={}", folder.path().join("no").display())]);
        assert!(absent.is_err());
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for values in [&["url"][..], &["=x"], &["url=a", "url=b"]] {
            assert!(read(values, &[]).is_err(), "{values:?}");
        }
    }
}
