use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use assay_base::Digest;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, VerificationAlgorithm};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Document};
use serde::{Deserialize, Serialize};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::AttestError;

/// `id-ecPublicKey` (RFC 5480, section 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480, section 2.1.1.1).
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `id-Ed25519` (RFC 8410, section 3).
const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// First byte of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;
/// The label of a public key in PEM (RFC 7468, section 13).
const PEM_LABEL: &str = "PUBLIC KEY";

/// What a signature is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// ECDSA over P-256 with SHA-256; signatures in ASN.1 DER.
    EcdsaP256,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl KeyAlgorithm {
    /// The name that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// The id of a key: the SHA-256 of its `SubjectPublicKeyInfo` in DER, written `sha256:` and hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(Digest);

impl KeyId {
    /// Whether `hint` of a bundle means this key: the id as text, or the base64 of its bytes as cosign writes it.
    pub fn is_hinted_by(&self, hint: &str) -> bool {
        hint == self.to_string() || hint == crate::encoding::encode(self.0.as_bytes())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = AttestError;
    fn from_str(text: &str) -> Result<Self, AttestError> {
        text.parse().map(Self).map_err(AttestError::KeyId)
    }
}

/// A public key that is well-formed and of an algorithm that is taken.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    spki: Arc<[u8]>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` in PEM (`PUBLIC KEY`).
    ///
    /// # Errors
    /// [`AttestError`] for anything else.
    pub fn from_pem(text: &str) -> Result<Self, AttestError> {
        let (label, document) = Document::from_pem(text.trim()).map_err(AttestError::KeyShape)?;
        if label != PEM_LABEL {
            return Err(AttestError::KeyShape(der::Tag::Sequence.value_error()));
        }
        Self::from_der(document.as_bytes())
    }

    /// Reads a `SubjectPublicKeyInfo` in DER (RFC 5280, section 4.1).
    ///
    /// # Errors
    /// [`AttestError`] for anything else, for other algorithms, and for points that are compressed or off the curve.
    pub fn from_der(spki: &[u8]) -> Result<Self, AttestError> {
        let info = SubjectPublicKeyInfoOwned::from_der(spki).map_err(AttestError::KeyShape)?;
        let curve = || info.algorithm.parameters.as_ref().and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
        let raw = info.subject_public_key.as_bytes().ok_or(AttestError::KeyInvalid)?;
        let (algorithm, verifier): (_, &'static dyn VerificationAlgorithm) = match info.algorithm.oid {
            EC_PUBLIC_KEY if curve() == Some(SECP256R1) && raw.first() == Some(&UNCOMPRESSED) => {
                (KeyAlgorithm::EcdsaP256, &ECDSA_P256_SHA256_ASN1)
            }
            ID_ED25519 if info.algorithm.parameters.is_none() => (KeyAlgorithm::Ed25519, &ED25519),
            oid => return Err(AttestError::KeyAlgorithm(oid)),
        };
        let parsed = ParsedPublicKey::new(verifier, raw).map_err(|_| AttestError::KeyInvalid)?;
        Ok(Self { algorithm, spki: spki.into(), parsed })
    }

    /// Reads PEM or DER.
    ///
    /// # Errors
    /// [`AttestError`] when it is neither.
    pub fn parse(bytes: &[u8]) -> Result<Self, AttestError> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.trim_start().starts_with("-----BEGIN") => Self::from_pem(text),
            _ => Self::from_der(bytes),
        }
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The `SubjectPublicKeyInfo` in DER.
    pub fn der(&self) -> &[u8] {
        &self.spki
    }

    /// The `SubjectPublicKeyInfo` in PEM.
    ///
    /// # Errors
    /// [`AttestError::KeyShape`] when the key is too large for the encoder, which no key of these algorithms is.
    pub fn to_pem(&self) -> Result<String, AttestError> {
        let document = Document::from_der(&self.spki).map_err(AttestError::KeyShape)?;
        document.to_pem(PEM_LABEL, x509_cert::der::pem::LineEnding::LF).map_err(AttestError::KeyShape)
    }

    /// The id.
    pub fn id(&self) -> KeyId {
        KeyId(Digest::of(&self.spki))
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`AttestError::SignatureInvalid`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), AttestError> {
        self.parsed.verify_sig(message, signature).map_err(|_| AttestError::SignatureInvalid)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm.as_str(), self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa2dBc/4nl+4D3t9GR7gbLvdj5A4n\n\
wzOB3zZRASGbYWft6r//ajadyM43SBZBuoUYym257bYnQZww4B6cTb/Sgg==\n\
-----END PUBLIC KEY-----\n";

    #[test]
    fn a_key_is_the_same_in_every_form() {
        let key = PublicKey::parse(PEM.as_bytes()).unwrap();
        assert_eq!(key.to_pem().unwrap(), PEM);
        assert_eq!(PublicKey::parse(key.der()).unwrap(), key);
        assert_eq!(key.id().to_string(), Digest::of(key.der()).to_string());
        assert_eq!(key.id().to_string().parse::<KeyId>().unwrap(), key.id());
    }

    #[test]
    fn what_is_not_exactly_a_key_is_refused() {
        let good = PublicKey::from_pem(PEM).unwrap().der().to_vec();
        // The bytes are two headers and two object identifiers, then at 26 the bits: `04`, 32 bytes of x, 32 of y.
        let changed = |at: usize, mask: u8| {
            let mut bytes = good.clone();
            bytes[at] ^= mask;
            bytes
        };
        let cases = [
            (Vec::new(), "key-shape"),
            (b"garbage".to_vec(), "key-shape"),
            (good[..90].to_vec(), "key-shape"),
            ([&good[..], &[0]].concat(), "key-shape"),
            (changed(90, 1), "key-shape"),
            (changed(26, 6), "key-algorithm"),
            (changed(22, 1), "key-algorithm"),
            (changed(12, 1), "key-algorithm"),
            (PEM.replace("PUBLIC", "PRIVATE").into_bytes(), "key-shape"),
            (PEM.replace("PUBLIC KEY", "CERTIFICATE").into_bytes(), "key-shape"),
        ];
        for (i, (bytes, code)) in cases.into_iter().enumerate() {
            assert_eq!(PublicKey::parse(&bytes).unwrap_err().code(), code, "case {i}");
        }
    }
}
