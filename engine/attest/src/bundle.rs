use std::sync::Arc;

use assay_base::{Digest, json, limits};

use crate::dsse::{Envelope, PAYLOAD_TYPE};
use crate::{AttestError, Statement, Unverified, encoding, wire};

/// The media type of the bundles that are written.
pub const BUNDLE_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The older spelling of the same version, which is read too.
pub(crate) const BUNDLE_MEDIA_TYPE_PARAMETER: &str = "application/vnd.dev.sigstore.bundle+json;version=0.3";

/// A Sigstore bundle of version 0.3 with a DSSE envelope around a statement, read strictly and not verified.
///
/// Its source is `sigstore_bundle.proto` of sigstore/protobuf-specs. It holds exactly one signature, and one certificate
/// or the hint of one key.
#[derive(Debug, Clone)]
pub struct Bundle {
    bytes: Arc<[u8]>,
    digest: Digest,
    envelope: Envelope,
    material: VerificationMaterial,
    timestamps: Vec<Vec<u8>>,
    statement: Unverified<Statement>,
}

/// What a signature is to be verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerificationMaterial {
    /// A certificate, in DER.
    Certificate(Vec<u8>),
    /// A key that the verifier has, by the id of the key.
    PublicKey {
        /// The id as [`crate::KeyId`] writes it, or the base64 of its 32 bytes.
        hint: String,
    },
}

impl Bundle {
    /// Reads a bundle and the statement in it.
    ///
    /// # Errors
    /// [`AttestError`] for whatever is not exactly such a bundle, each with a code of its own.
    pub fn parse(bytes: impl Into<Arc<[u8]>>) -> Result<Self, AttestError> {
        let bytes = bytes.into();
        if bytes.len() > limits::BUNDLE_BYTES {
            return Err(AttestError::BundleSize(bytes.len()));
        }
        let value = json::parse_signed(&bytes).map_err(AttestError::BundleJson)?;
        let wire: wire::Bundle = serde_json::from_value(value).map_err(AttestError::BundleShape)?;
        if ![BUNDLE_MEDIA_TYPE, BUNDLE_MEDIA_TYPE_PARAMETER].contains(&wire.media_type.as_str()) {
            return Err(AttestError::MediaType(wire.media_type));
        }
        let envelope = envelope(&wire.dsse_envelope)?;
        let timestamps = timestamps(&wire.verification_material)?;
        let material = material(wire.verification_material)?;
        let statement = Unverified(Arc::new(Statement::parse(&envelope.payload)?));
        let digest = Digest::of(&bytes);
        Ok(Self { bytes, digest, envelope, material, timestamps, statement })
    }

    /// Writes a bundle from its parts. `timestamps` are RFC 3161 `TimeStampResp` in DER over `signature`.
    ///
    /// # Errors
    /// [`AttestError`] when the parts would not be read again, for example a payload that is not a statement.
    pub fn assemble(
        payload: &[u8],
        signature: &[u8],
        material: &VerificationMaterial,
        timestamps: &[Vec<u8>],
    ) -> Result<Self, AttestError> {
        let stamp = |der: &Vec<u8>| wire::SignedTimestamp { signed_timestamp: encoding::encode(der) };
        let data = wire::Timestamps { rfc3161_timestamps: timestamps.iter().map(stamp).collect() };
        let mut verification_material = wire::Material {
            timestamp_verification_data: (!timestamps.is_empty()).then_some(data),
            ..wire::Material::default()
        };
        match material {
            VerificationMaterial::Certificate(der) => {
                verification_material.certificate = Some(wire::Certificate { raw_bytes: encoding::encode(der) });
            }
            VerificationMaterial::PublicKey { hint } => {
                verification_material.public_key = Some(wire::KeyHint { hint: hint.clone() });
            }
        }
        let bundle = wire::Bundle {
            media_type: BUNDLE_MEDIA_TYPE.to_owned(),
            verification_material,
            dsse_envelope: wire::Envelope {
                payload: encoding::encode(payload),
                payload_type: PAYLOAD_TYPE.to_owned(),
                signatures: vec![wire::Signature { sig: encoding::encode(signature), keyid: None }],
            },
        };
        Self::parse(serde_json::to_vec(&bundle).map_err(AttestError::Encode)?)
    }

    /// The bytes as they were received.
    pub const fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The digest of [`Self::bytes`], the address of the attestation.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The envelope.
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What the signature is to be verified with.
    pub const fn material(&self) -> &VerificationMaterial {
        &self.material
    }

    /// The timestamps over the signature, RFC 3161 in DER.
    pub fn timestamps(&self) -> &[Vec<u8>] {
        &self.timestamps
    }

    /// What the statement claims.
    pub const fn statement(&self) -> &Unverified<Statement> {
        &self.statement
    }
}

fn envelope(wire: &wire::Envelope) -> Result<Envelope, AttestError> {
    if wire.payload_type != PAYLOAD_TYPE {
        return Err(AttestError::PayloadType(wire.payload_type.clone()));
    }
    let [signature] = wire.signatures.as_slice() else {
        return Err(AttestError::SignatureCount(wire.signatures.len()));
    };
    Ok(Envelope {
        payload: encoding::decode("payload", &wire.payload)?.into(),
        signature: encoding::decode("sig", &signature.sig)?,
    })
}

fn timestamps(wire: &wire::Material) -> Result<Vec<Vec<u8>>, AttestError> {
    if wire.tlog_entries.as_ref().is_some_and(|entries| !entries.is_empty()) {
        return Err(AttestError::LogEntries);
    }
    let stamps = wire.timestamp_verification_data.as_ref().map_or(&[][..], |data| &data.rfc3161_timestamps);
    if stamps.len() > limits::SIGNATURES {
        return Err(AttestError::TimestampCount(stamps.len()));
    }
    stamps.iter().map(|stamp| encoding::decode("signedTimestamp", &stamp.signed_timestamp)).collect()
}

pub(crate) fn material(wire: wire::Material) -> Result<VerificationMaterial, AttestError> {
    match (wire.certificate, wire.public_key) {
        (Some(certificate), None) => {
            Ok(VerificationMaterial::Certificate(encoding::decode("certificate", &certificate.raw_bytes)?))
        }
        (None, Some(key)) if !key.hint.is_empty() => Ok(VerificationMaterial::PublicKey { hint: key.hint }),
        _ => Err(AttestError::VerificationMaterial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Predicate, Subject};

    fn written() -> String {
        let subject = Subject::new("chainloop.workflow.w", Digest::of(b"x"));
        let payload = Draft::new(vec![subject], Predicate::default()).to_payload().unwrap();
        let material = VerificationMaterial::PublicKey { hint: "sha256:0".to_owned() };
        let bundle = Bundle::assemble(&payload, b"sig", &material, &[b"stamp".to_vec()]).unwrap();
        assert_eq!(&*bundle.envelope().payload, payload);
        assert_eq!((bundle.material(), bundle.timestamps()), (&material, &[b"stamp".to_vec()][..]));
        String::from_utf8(bundle.bytes().to_vec()).unwrap()
    }

    #[test]
    fn what_is_not_exactly_a_bundle_is_refused() {
        let good = written();
        let cases = [
            (
                r#""mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#,
                r#""mediaType":"text/plain""#,
                "bundle-media-type",
            ),
            ("v0.3+json", "v0.2+json", "bundle-media-type"),
            (r#""hint":"sha256:0""#, r#""hint":"""#, "verification-material"),
            (r#""publicKey":{"hint":"sha256:0"},"#, "", "verification-material"),
            (r#""publicKey":"#, r#""certificate":{"rawBytes":"AA=="},"publicKey":"#, "verification-material"),
            (r#""publicKey":"#, r#""x509CertificateChain":{},"publicKey":"#, "bundle-shape"),
            (r#""publicKey":"#, r#""tlogEntries":[{}],"publicKey":"#, "log-entries"),
            (r#""publicKey":"#, r#""publicKey":{"hint":"a"},"publicKey":"#, "json-duplicate-key"),
            ("application/vnd.in-toto+json", "application/json", "payload-type"),
            (r#""signatures":[{"sig":"c2ln"}]"#, r#""signatures":[]"#, "signature-count"),
            (r#"[{"sig":"c2ln"}]"#, r#"[{"sig":"c2ln"},{"sig":"c2ln"}]"#, "signature-count"),
            (r#""sig":"c2ln""#, r#""sig":"%%%""#, "base64"),
            (r#""payload":""#, r#""payload":"e30=","x":""#, "bundle-shape"),
            (r#"{"signedTimestamp":"c3RhbXA="}"#, r#"{"signedTimestamp":"+-"}"#, "base64"),
            (r#"{"signedTimestamp":"c3RhbXA="}"#, &[r#"{"signedTimestamp":""}"#; 9].join(","), "timestamp-count"),
        ];
        for (from, to, code) in cases {
            assert!(good.contains(from), "{from}");
            let error = Bundle::parse(good.replace(from, to).into_bytes()).unwrap_err();
            assert_eq!(error.code(), code, "{to}: {error}");
        }
        for (bytes, code) in
            [("", "json-empty"), ("{", "json-syntax"), ("[]", "bundle-shape"), ("null", "bundle-shape")]
        {
            assert_eq!(Bundle::parse(bytes.as_bytes()).unwrap_err().code(), code, "{bytes}");
        }
        assert_eq!(Bundle::parse((good + "{}").into_bytes()).unwrap_err().code(), "json-syntax");
        assert_eq!(Bundle::parse(vec![b' '; limits::BUNDLE_BYTES + 1]).unwrap_err().code(), "bundle-size");
    }

    #[test]
    fn the_older_media_type_and_an_empty_log_are_read() {
        let older = written()
            .replace(BUNDLE_MEDIA_TYPE, BUNDLE_MEDIA_TYPE_PARAMETER)
            .replace(r#""publicKey":"#, r#""tlogEntries":[],"publicKey":"#)
            .replace(r#""sig":"c2ln""#, r#""sig":"c2ln","keyid":"anything""#);
        let bundle = Bundle::parse(older.clone().into_bytes()).unwrap();
        assert_eq!(bundle.digest(), Digest::of(older.as_bytes()));
    }
}
