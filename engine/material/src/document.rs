mod head;

use std::cell::OnceCell;

use assay_base::json::{self, JsonError};
use assay_base::{MaterialKind, Place, limits};
use serde_json::Value;

use crate::error::MaterialError;
use crate::{archive, xml};

/// The bytes of a piece of evidence, and what they are: found out when first asked for, and once.
pub(crate) struct Document<'b> {
    bytes: &'b [u8],
    content: OnceCell<Content>,
}

/// The form of a document.
pub(crate) enum Content {
    /// One JSON value.
    Json(Value),
    /// It begins as JSON but is not read; what its top level says as far as it goes stands in `head`.
    BrokenJson { error: JsonError, head: Value },
    /// It begins as XML; the name of the root element, if it gets that far.
    Xml { root: Option<String> },
    /// An archive: the first XML document in it, as far as it is needed to see its root.
    Archive { root: Option<String> },
    /// Anything else.
    Other,
}

impl<'b> Document<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, content: OnceCell::new() }
    }

    pub(crate) const fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    pub(crate) fn content(&self) -> &Content {
        self.content.get_or_init(|| read(self.bytes))
    }

    /// What recognition looks at: the JSON value, or what its head says where the document cannot be read whole.
    pub(crate) fn identity(&self) -> Option<&Value> {
        match self.content() {
            Content::Json(value) => Some(value),
            Content::BrokenJson { head, .. } => Some(head),
            _ => None,
        }
    }

    /// The string under `key` at the top level.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.identity()?.get(key)?.as_str()
    }

    /// The document as JSON.
    pub(crate) fn json(&self, kind: MaterialKind) -> Result<&Value, MaterialError> {
        match self.content() {
            Content::Json(value) => Ok(value),
            // Read again for an error to own: it is on its way out.
            _ => match json::parse(self.bytes) {
                Err(source) => Err(MaterialError::Json { kind, source }),
                Ok(_) => Err(MaterialError::invalid(kind, "this is not a JSON object", self.place(""))),
            },
        }
    }

    /// The document as a JSON object.
    pub(crate) fn object(&self, kind: MaterialKind) -> Result<&Value, MaterialError> {
        let value = self.json(kind)?;
        if value.is_object() {
            return Ok(value);
        }
        Err(MaterialError::invalid(kind, "this is not a JSON object", self.place("")))
    }

    /// The place of the value at `pointer`, with its line where that can be found.
    pub(crate) fn place(&self, pointer: &str) -> Place {
        let (line, column) = json::locate(self.bytes, pointer).unzip();
        Place { pointer: Some(pointer.to_owned()), line, column }
    }
}

fn read(bytes: &[u8]) -> Content {
    let text = json::without_bom(bytes);
    match text.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => match json::parse(bytes) {
            Ok(value) => Content::Json(value),
            Err(error) => {
                Content::BrokenJson { error, head: head::sketch(&text[..text.len().min(limits::JSON_BYTES)]) }
            }
        },
        Some(b'<') => Content::Xml { root: xml::root(bytes) },
        _ if archive::is_archive(bytes) => {
            Content::Archive { root: archive::first_xml(bytes).and_then(|b| xml::root(&b)) }
        }
        _ => Content::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_from_the_first_bytes() {
        assert!(matches!(Document::new(b"\xef\xbb\xbf [1]").content(), Content::Json(_)));
        assert!(matches!(Document::new(b"{\"a\": 1, \"a\": 2}").content(), Content::BrokenJson { .. }));
        assert!(matches!(Document::new(b"<?xml?><a/>").content(), Content::Xml { root: Some(root) } if root == "a"));
        assert!(matches!(Document::new(b"hello").content(), Content::Other));
    }
}
