use assay_base::{MaterialKind, text};
use serde_json::Value;

use crate::document::{Content, Document};
use crate::error::MaterialError;
use crate::inspection::{Facts, Inspection, KindInfo, Strictness};
use crate::kinds::{artifact, attestation, container_image, cyclonedx, evidence, junit, openvex, sarif, spdx, string};

/// A kind: what it is, when it claims a document, and how it checks one.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) info: KindInfo,
    /// Why the document says that it is of this kind; it looks at identity keys only and does not check anything.
    pub(crate) recognise: fn(&Document<'_>) -> Option<String>,
    /// Checks the document as one of this kind.
    pub(crate) inspect: fn(&Document<'_>, Strictness) -> Result<Facts, MaterialError>,
}

/// Every kind that is supported. A new one is one file and one line here.
const KINDS: &[Kind] = &[
    string::KIND,
    container_image::KIND,
    artifact::KIND,
    cyclonedx::KIND,
    spdx::KIND,
    junit::KIND,
    openvex::KIND,
    sarif::KIND,
    evidence::KIND,
    attestation::KIND,
];

static INFOS: [KindInfo; KINDS.len()] = infos();

/// The kinds that an array without items could be, supported or not: each is an array of findings.
const EMPTY_ARRAY: [MaterialKind; 5] = [
    MaterialKind::GhasCodeScan,
    MaterialKind::GhasSecretScan,
    MaterialKind::GhasDependencyScan,
    MaterialKind::GitleaksJson,
    MaterialKind::TrufflehogJson,
];

/// Finds out the kind of a piece of evidence, or checks the kind that is claimed for it, and reads what is worth knowing.
///
/// A kind is recognised by identity keys in one reading of the document. Of JSON that cannot be read whole (broken, or above a
/// limit) the keys of the top level are looked at, up to where it breaks or the limit `json-size`. What nothing claims is an
/// `ARTIFACT`; what claims to be a kind and is invalid is refused. To recognise a file larger than `json-size` its first
/// `json-size` + 1 bytes are enough, unless it is a zip, whose directory stands at the end.
///
/// # Errors
/// [`MaterialError`]: empty, not valid as the kind, claimed alike by several kinds, or of a kind without support.
pub fn inspect(
    bytes: &[u8],
    claimed: Option<MaterialKind>,
    strictness: Strictness,
) -> Result<Inspection, MaterialError> {
    if bytes.is_empty() {
        return Err(MaterialError::Empty);
    }
    let document = Document::new(bytes);
    let (kind, reason) = match claimed {
        Some(kind) => (supported(kind)?, "the kind was given".to_owned()),
        None => recognise(&document)?,
    };
    let facts = (kind.inspect)(&document, strictness)?;
    Ok(Inspection {
        kind: kind.info.kind,
        reason,
        annotations: facts.annotations,
        warnings: facts.warnings,
        input: facts.input,
    })
}

/// The kinds that are supported, in the order of their wire numbers.
pub fn registry() -> &'static [KindInfo] {
    &INFOS
}

fn supported(kind: MaterialKind) -> Result<&'static Kind, MaterialError> {
    KINDS.iter().find(|k| k.info.kind == kind).ok_or(MaterialError::Unsupported { kind })
}

fn recognise(document: &Document<'_>) -> Result<(&'static Kind, String), MaterialError> {
    if matches!(document.content(), Content::Json(Value::Array(items)) if items.is_empty()) {
        let reason = "an empty JSON array says nothing about its kind".to_owned();
        return Err(MaterialError::Ambiguous { reason, candidates: EMPTY_ARRAY.to_vec() });
    }
    let mut claims: Vec<_> =
        KINDS.iter().filter_map(|kind| (kind.recognise)(document).map(|reason| (kind, reason))).collect();
    match claims.len() {
        0 => Ok((supported(MaterialKind::Artifact)?, unclaimed(document))),
        1 => Ok(claims.remove(0)),
        _ => {
            let candidates = claims.iter().map(|(kind, _)| kind.info.kind).collect();
            let reasons: Vec<_> = claims.into_iter().map(|(_, reason)| reason).collect();
            Err(MaterialError::Ambiguous { reason: reasons.join("; "), candidates })
        }
    }
}

fn unclaimed(document: &Document<'_>) -> String {
    match document.content() {
        Content::BrokenJson { error, .. } => {
            let why = text::printable(&text::head(&error.to_string(), 200));
            format!("no other kind claims it; it begins as JSON, but {why}")
        }
        _ => "no other kind claims it".to_owned(),
    }
}

const fn infos() -> [KindInfo; KINDS.len()] {
    let mut infos = [KINDS[0].info; KINDS.len()];
    let mut i = 0;
    while i < KINDS.len() {
        infos[i] = KINDS[i].info;
        i += 1;
    }
    infos
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyInput;

    fn code(bytes: &[u8], kind: Option<MaterialKind>) -> &'static str {
        inspect(bytes, kind, Strictness::Strict).unwrap_err().code()
    }

    #[test]
    fn the_table_is_in_wire_order() {
        assert!(registry().is_sorted_by_key(|info| info.kind as u8));
        assert!(registry().iter().all(|info| !info.recognised_by.is_empty() && !info.media_types.is_empty()));
    }

    #[test]
    fn what_says_nothing_is_not_guessed() {
        assert_eq!(code(b"", None), "material-empty");
        assert_eq!(code(b"{}", Some(MaterialKind::CsafVex)), "material-kind-unsupported");
        let error = inspect(b"\xef\xbb\xbf[ ]\n", None, Strictness::Strict).unwrap_err();
        assert_eq!((error.code(), error.candidates().len()), ("material-ambiguous", 5));
        assert!(error.diagnostics()[0].hint.as_deref().unwrap().contains("--kind"));
        assert!(error.to_string().contains("GITLEAKS_JSON"));
        // Two identities in one document: nobody decides which one counts.
        let both = br#"{"bomFormat": "CycloneDX", "spdxVersion": "SPDX-2.3"}"#;
        assert_eq!(code(both, None), "material-ambiguous");
    }

    #[test]
    fn what_nothing_claims_is_an_artifact() {
        for bytes in
            [b"\x7fELF".as_slice(), b"hello", b"{\"a\": 1}", b"{\"a\": 1, \"a\": 2}", b"[{}]\n[{}]", b"<html/>", b" "]
        {
            let found = inspect(bytes, None, Strictness::Strict).unwrap();
            assert_eq!((found.kind, found.input), (MaterialKind::Artifact, PolicyInput::Document));
        }
    }

    #[test]
    fn a_broken_document_that_claims_a_kind_is_refused() {
        for bytes in [
            r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"#.to_owned(),
            r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "version": 2}"#.to_owned(),
            format!("{{\"bomFormat\": \"CycloneDX\", \"a\": {}", "[".repeat(100_000)),
            r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "a": 1e999}"#.to_owned(),
        ] {
            let error = inspect(bytes.as_bytes(), None, Strictness::Lenient).unwrap_err();
            assert_eq!(error.code(), "material-invalid");
            assert!(error.diagnostics()[0].place.line.is_some(), "{error}");
        }
    }
}
