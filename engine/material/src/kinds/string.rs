use assay_base::MaterialKind;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::registry::Kind;

/// A value given as text; it is its own content and policies see metadata only.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: MaterialKind::String,
        recognised_by: "nothing in the bytes: a value that is neither a file nor looks like a path or an image",
        media_types: &["text/plain"],
    },
    recognise: |_| None,
    inspect,
};

fn inspect(document: &Document<'_>, _: Strictness) -> Result<Facts, MaterialError> {
    match std::str::from_utf8(document.bytes()) {
        Ok(_) => Ok(Facts::new(PolicyInput::Empty)),
        Err(source) => Err(MaterialError::NotText { kind: MaterialKind::String, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_a_string() {
        assert!(inspect(&Document::new("grün".as_bytes()), Strictness::Strict).is_ok());
        assert!(inspect(&Document::new(b"\xff"), Strictness::Strict).is_err());
    }
}
