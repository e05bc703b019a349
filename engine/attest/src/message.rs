use assay_base::{Digest, json, limits};

use crate::bundle::{BUNDLE_MEDIA_TYPE, BUNDLE_MEDIA_TYPE_PARAMETER, VerificationMaterial, material};
use crate::{AttestError, KeyId, TrustedKey, encoding, wire};

/// The name of SHA-256 in a bundle.
const SHA2_256: &str = "SHA2_256";

/// A detached signature over bytes by a key: a Sigstore bundle of version 0.3 with a `messageSignature`
/// (`sigstore_common.proto` of sigstore/protobuf-specs), as for the component of an integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSignature {
    digest: Digest,
    signature: Vec<u8>,
    hint: String,
}

impl MessageSignature {
    /// A signature over bytes with this digest, made with this key.
    pub fn new(digest: Digest, signature: Vec<u8>, key: KeyId) -> Self {
        Self { digest, signature, hint: key.to_string() }
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`AttestError`] for whatever is not exactly such a bundle, each with a code of its own.
    pub fn parse(bytes: &[u8]) -> Result<Self, AttestError> {
        if bytes.len() > limits::BUNDLE_BYTES {
            return Err(AttestError::BundleSize(bytes.len()));
        }
        let value = json::parse_signed(bytes).map_err(AttestError::BundleJson)?;
        let wire: wire::MessageBundle = serde_json::from_value(value).map_err(AttestError::BundleShape)?;
        if ![BUNDLE_MEDIA_TYPE, BUNDLE_MEDIA_TYPE_PARAMETER].contains(&wire.media_type.as_str()) {
            return Err(AttestError::MediaType(wire.media_type));
        }
        if wire.verification_material.tlog_entries.as_ref().is_some_and(|entries| !entries.is_empty()) {
            return Err(AttestError::LogEntries);
        }
        let VerificationMaterial::PublicKey { hint } = material(wire.verification_material)? else {
            return Err(AttestError::VerificationMaterial);
        };
        let message = wire.message_signature;
        let digest = encoding::decode("digest", &message.message_digest.digest)?;
        let digest: [u8; 32] = digest.try_into().map_err(|_| AttestError::MessageDigest)?;
        if message.message_digest.algorithm != SHA2_256 {
            return Err(AttestError::MessageDigest);
        }
        let signature = encoding::decode("signature", &message.signature)?;
        Ok(Self { digest: Digest::from_bytes(digest), signature, hint })
    }

    /// The bundle as JSON.
    ///
    /// # Errors
    /// [`AttestError::Encode`], which no signature leads to.
    pub fn to_json(&self) -> Result<Vec<u8>, AttestError> {
        let bundle = wire::MessageBundle {
            media_type: BUNDLE_MEDIA_TYPE.to_owned(),
            verification_material: wire::Material {
                public_key: Some(wire::KeyHint { hint: self.hint.clone() }),
                ..wire::Material::default()
            },
            message_signature: wire::MessageSignature {
                message_digest: wire::MessageDigest {
                    algorithm: SHA2_256.to_owned(),
                    digest: encoding::encode(self.digest.as_bytes()),
                },
                signature: encoding::encode(&self.signature),
            },
        };
        serde_json::to_vec(&bundle).map_err(AttestError::Encode)
    }

    /// The digest of the bytes that it speaks of.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The one of `keys` that made it, after it was checked over `message`.
    ///
    /// # Errors
    /// [`AttestError::KeyUntrusted`] when it is by none of them, [`AttestError::SignatureInvalid`] when the signature, or the
    /// digest beside it, is not one of `message`.
    pub fn verify<'k>(&self, message: &[u8], keys: &'k [TrustedKey]) -> Result<&'k TrustedKey, AttestError> {
        let trusted = keys.iter().find(|trusted| trusted.key.id().is_hinted_by(&self.hint));
        let trusted = trusted.ok_or_else(|| AttestError::KeyUntrusted { hint: self.hint.clone() })?;
        if Digest::of(message) != self.digest {
            return Err(AttestError::SignatureInvalid);
        }
        trusted.key.verify(message, &self.signature)?;
        Ok(trusted)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;
    use crate::PublicKey;

    /// The DER of a P-256 `SubjectPublicKeyInfo` before its point (RFC 5480, section 2).
    const P256_HEADER: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];

    fn signed(message: &[u8]) -> (MessageSignature, TrustedKey) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let key = PublicKey::from_der(&[&P256_HEADER[..], pair.public_key().as_ref()].concat()).unwrap();
        let signature = pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
        (MessageSignature::new(Digest::of(message), signature, key.id()), TrustedKey { name: None, key })
    }

    #[test]
    fn a_signature_holds_for_its_bytes_and_its_key_only() {
        let (signature, key) = signed(b"component");
        let again = MessageSignature::parse(&signature.to_json().unwrap()).unwrap();
        assert_eq!(again, signature);
        let (other, stranger) = signed(b"component");
        let code = |message: &[u8], keys: &[TrustedKey]| again.verify(message, keys).map_err(|e| e.code()).err();
        assert_eq!(code(b"component", std::slice::from_ref(&key)), None);
        assert_eq!(code(b"another", std::slice::from_ref(&key)), Some("signature-invalid"));
        assert_eq!(code(b"component", &[stranger]), Some("key-untrusted"));
        let swapped = MessageSignature { signature: other.signature, ..again };
        assert!(swapped.verify(b"component", &[key]).is_err());
    }

    #[test]
    fn what_is_not_exactly_such_a_bundle_is_refused() {
        let good = String::from_utf8(signed(b"x").0.to_json().unwrap()).unwrap();
        for (from, to, code) in [
            ("v0.3+json", "v0.2+json", "bundle-media-type"),
            (r#""publicKey":"#, r#""certificate":{"rawBytes":"AA=="},"publicKey":"#, "verification-material"),
            (r#""publicKey":"#, r#""tlogEntries":[{}],"publicKey":"#, "log-entries"),
            (SHA2_256, "SHA2_512", "message-digest"),
            (r#""digest":""#, r#""digest":"AAAA"#, "message-digest"),
            (r#""messageSignature":"#, r#""dsseEnvelope":"#, "bundle-shape"),
        ] {
            assert!(good.contains(from), "{from}");
            assert_eq!(MessageSignature::parse(good.replace(from, to).as_bytes()).unwrap_err().code(), code, "{to}");
        }
    }
}
