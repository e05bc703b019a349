use std::borrow::Cow;

use assay_base::{MaterialKind, Place, json};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::kinds::{items_at, quoted, text_at};
use crate::registry::Kind;

const ATTESTATION: MaterialKind = MaterialKind::Attestation;
const STATEMENT: &str = "https://in-toto.io/Statement/";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// An attestation as evidence: an in-toto Statement (v1, v0.1, also under the Go names of its keys), bare, in a DSSE envelope,
/// or in the envelope of a Sigstore bundle. Nothing is verified here: signatures say something only to who knows the signer.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: ATTESTATION,
        recognised_by: "`_type` of an in-toto Statement, or a DSSE envelope or Sigstore bundle with an in-toto `payloadType`",
        media_types: &["application/vnd.in-toto+json", "application/vnd.dev.sigstore.bundle.v0.3+json"],
    },
    recognise,
    inspect,
};

fn recognise(document: &Document<'_>) -> Option<String> {
    if let Some(version) = document.text("_type").or_else(|| document.text("type")).filter(|t| t.starts_with(STATEMENT))
    {
        return Some(format!("`_type` is {}", quoted(version)));
    }
    if document.text("payloadType") == Some(PAYLOAD_TYPE) && document.text("payload").is_some() {
        return Some("a DSSE envelope with an in-toto payload".to_owned());
    }
    let bundle = document.text("mediaType").is_some_and(|media_type| media_type.starts_with(BUNDLE));
    let envelope = document.identity()?.get("dsseEnvelope")?;
    // Of a document that cannot be read whole, only the presence of the envelope is known.
    let in_toto = envelope.get("payloadType").is_none_or(|payload_type| payload_type == PAYLOAD_TYPE);
    (bundle && in_toto).then(|| "a Sigstore bundle with an in-toto payload".to_owned())
}

fn inspect(document: &Document<'_>, _: Strictness) -> Result<Facts, MaterialError> {
    let value = document.object(ATTESTATION)?;
    let prefix = match value {
        _ if value.get("dsseEnvelope").is_some() => "/dsseEnvelope",
        _ if value.get("payloadType").is_some() => "",
        _ if value.get("messageSignature").is_some() => {
            return refuse("the bundle signs a file and holds no statement", document.place("/messageSignature"));
        }
        _ => {
            check_statement(value, |pointer| document.place(pointer))?;
            return Ok(Facts::new(PolicyInput::Document));
        }
    };
    let payload = payload(document, value, prefix)?;
    let place = document.place(&format!("{prefix}/payload"));
    let statement = json::parse(&payload).map_err(|error| {
        let inside = error.diagnostic().to_string();
        MaterialError::invalid(ATTESTATION, format!("the payload is no statement: {inside}"), place.clone())
    })?;
    check_statement(&statement, |_| place.clone())?;
    let text = json::without_bom(&payload).to_vec();
    Ok(Facts::new(PolicyInput::Projected(text)))
}

/// The payload of the envelope at `prefix` (DSSE, envelope.md: base64 of either alphabet).
fn payload(document: &Document<'_>, value: &Value, prefix: &str) -> Result<Vec<u8>, MaterialError> {
    let at = |key: &str| format!("{prefix}/{key}");
    let found = text_at(value, &at("payloadType"));
    if found != PAYLOAD_TYPE {
        let message = format!("`payloadType` is `{}`, not `{PAYLOAD_TYPE}`", quoted(found));
        return refuse(&message, document.place(&at("payloadType")));
    }
    if items_at(value, &at("signatures")).is_empty() {
        return refuse("the envelope has no signatures", document.place(&at("signatures")));
    }
    let text = text_at(value, &at("payload"));
    match STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)) {
        Ok(payload) if !payload.is_empty() => Ok(payload),
        Ok(_) => refuse("the payload is empty", document.place(&at("payload"))),
        Err(error) => refuse(&format!("the payload is not base64: {error}"), document.place(&at("payload"))),
    }
}

/// Checks what every statement has (in-toto attestation, spec v1, Statement): type, predicate type, subjects with digests.
fn check_statement(statement: &Value, place: impl Fn(&str) -> Place) -> Result<(), MaterialError> {
    let either = |key: &'static str, other: &'static str| {
        let key = if statement.get(key).is_some() { key } else { other };
        (text_at(statement, &format!("/{key}")), format!("/{key}"))
    };
    let (version, pointer) = either("_type", "type");
    if ![format!("{STATEMENT}v1"), format!("{STATEMENT}v0.1")].contains(&version.to_owned()) {
        let message = match version {
            "" => Cow::Borrowed("this is no in-toto Statement: it has no `_type`"),
            other => Cow::Owned(format!("`_type` is `{}`; in-toto Statement v1 and v0.1 are supported", quoted(other))),
        };
        return refuse(&message, place(&pointer));
    }
    let (predicate_type, pointer) = either("predicateType", "predicate_type");
    if predicate_type.is_empty() {
        return refuse("`predicateType` is missing or empty", place(&pointer));
    }
    let subjects = items_at(statement, "/subject");
    if subjects.is_empty() {
        return refuse("`subject` is missing or empty", place("/subject"));
    }
    let bare = |subject: &Value| subject.get("digest").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty);
    match subjects.iter().position(bare) {
        Some(i) => refuse("the subject has no digest", place(&format!("/subject/{i}/digest"))),
        None => Ok(()),
    }
}

fn refuse<T>(message: &str, place: Place) -> Result<T, MaterialError> {
    Err(MaterialError::invalid(ATTESTATION, message, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = r#"{"_type": "https://in-toto.io/Statement/v1", "predicateType": "p", "subject": [{"digest": {"sha256": "a"}}]}"#;

    fn envelope(payload_type: &str, payload: &str, signatures: &str) -> String {
        let payload = STANDARD.encode(payload);
        format!(r#"{{"payloadType": "{payload_type}", "payload": "{payload}", "signatures": {signatures}}}"#)
    }

    #[test]
    fn a_policy_sees_the_statement_however_it_is_wrapped() {
        let dsse = envelope(PAYLOAD_TYPE, BARE, r#"[{"sig": "x"}]"#);
        let bundle = format!(r#"{{"mediaType": "{BUNDLE}.v0.3+json", "dsseEnvelope": {dsse}}}"#);
        let go = BARE.replace("_type", "type").replace("predicateType", "predicate_type");
        for (text, input) in [
            (BARE, PolicyInput::Document),
            (go.as_str(), PolicyInput::Document),
            (dsse.as_str(), PolicyInput::Projected(BARE.into())),
            (bundle.as_str(), PolicyInput::Projected(BARE.into())),
        ] {
            let document = Document::new(text.as_bytes());
            assert!(recognise(&document).is_some(), "{text}");
            assert_eq!(inspect(&document, Strictness::Strict).unwrap().input, input, "{text}");
        }
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let signed = r#"[{"sig": "x"}]"#;
        let twice = BARE.replace("\"predicateType\"", "\"_type\": \"x\", \"predicateType\"");
        for (text, pointer) in [
            (envelope("text/plain", BARE, signed), "/payloadType"),
            (envelope(PAYLOAD_TYPE, BARE, "[]"), "/signatures"),
            (envelope(PAYLOAD_TYPE, "no JSON", signed), "/payload"),
            (envelope(PAYLOAD_TYPE, &twice, signed), "/payload"),
            (envelope(PAYLOAD_TYPE, "", signed), "/payload"),
            (BARE.replace("/v1", "/v9"), "/_type"),
            (BARE.replace("predicateType", "x"), "/predicate_type"),
            (BARE.replace("sha256", "").replace("\"\": \"a\"", ""), "/subject/0/digest"),
            (r#"{"messageSignature": {}}"#.to_owned(), "/messageSignature"),
        ] {
            let error = inspect(&Document::new(text.as_bytes()), Strictness::Lenient).unwrap_err();
            assert_eq!(error.diagnostics()[0].place.pointer.as_deref(), Some(pointer), "{text}");
        }
    }
}
