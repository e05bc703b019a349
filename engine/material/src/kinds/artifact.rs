use assay_base::MaterialKind;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::registry::Kind;

/// Any file. Nothing recognises it: it is what is left.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: MaterialKind::Artifact,
        recognised_by: "being claimed by no other kind",
        media_types: &["application/octet-stream"],
    },
    recognise: |_| None,
    inspect,
};

#[expect(clippy::unnecessary_wraps, reason = "the signature of every kind")]
fn inspect(_: &Document<'_>, _: Strictness) -> Result<Facts, MaterialError> {
    Ok(Facts::new(PolicyInput::Document))
}
