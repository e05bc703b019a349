use assay_base::{MaterialKind, Place};

use crate::document::Document;
use crate::error::MaterialError;
use crate::image::Reference;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::registry::Kind;

/// An image in a registry: the bytes are its reference, pinned by digest.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: MaterialKind::ContainerImage,
        recognised_by: "a reference with a sha256 digest, or a directory with `oci-layout` and `index.json`",
        media_types: &["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"],
    },
    recognise: |_| None,
    inspect,
};

fn inspect(document: &Document<'_>, _: Strictness) -> Result<Facts, MaterialError> {
    let kind = MaterialKind::ContainerImage;
    let invalid = |message: String| MaterialError::invalid(kind, message, Place::line(1, 1));
    let text = std::str::from_utf8(document.bytes()).map_err(|source| MaterialError::NotText { kind, source })?;
    let reference: Reference = text.trim_end().parse().map_err(|error| invalid(format!("{error}")))?;
    if reference.digest().is_none() {
        return Err(invalid(
            "the reference names no digest: a tag can be moved, so pin it with `@sha256:…`".to_owned(),
        ));
    }
    let mut facts = Facts::new(PolicyInput::Empty);
    facts.annotate("image.tag", reference.tag().unwrap_or_default());
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_pinned() {
        let pinned = format!("ghcr.io/a/b:1.2@sha256:{}", "a".repeat(64));
        let facts = inspect(&Document::new(pinned.as_bytes()), Strictness::Strict).unwrap();
        assert_eq!(facts.annotations["chainloop.material.image.tag"], "1.2");
        assert!(inspect(&Document::new(b"ghcr.io/a/b:1.2"), Strictness::Strict).is_err());
    }
}
