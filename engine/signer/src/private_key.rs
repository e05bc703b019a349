use std::fmt;

use assay_attest::{KeyAlgorithm, PublicKey};
use assay_base::Secret;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

use crate::SignerError;

/// A key that signs: ECDSA P-256 with SHA-256 (signatures in ASN.1 DER) or Ed25519.
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// A new ECDSA P-256 key; for a keyless signature it lives as long as the push.
    ///
    /// # Errors
    /// [`SignerError::Crypto`] when the library has no randomness.
    pub fn generate() -> Result<Self, SignerError> {
        Self::from_pair(Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?))
    }

    /// Reads PKCS#8 in DER (RFC 5958).
    ///
    /// # Errors
    /// [`SignerError::PrivateKey`] when it is not a key of the two algorithms.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignerError> {
        let pair = match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            Ok(pair) => Pair::P256(pair),
            Err(_) => Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(SignerError::PrivateKey)?),
        };
        Self::from_pair(pair)
    }

    fn from_pair(pair: Pair) -> Result<Self, SignerError> {
        let spki: PublicKeyX509Der<'_> = match &pair {
            Pair::P256(pair) => pair.public_key().as_der()?,
            Pair::Ed25519(pair) => pair.public_key().as_der()?,
        };
        let public = PublicKey::from_der(spki.as_ref())?;
        Ok(Self { pair, public })
    }

    /// The key as PKCS#8 in DER.
    pub(crate) fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, SignerError> {
        let document = match &self.pair {
            Pair::P256(pair) => pair.to_pkcs8v1()?,
            Pair::Ed25519(pair) => pair.to_pkcs8v1()?,
        };
        Ok(Secret::new(document.as_ref().to_vec()))
    }

    /// The public half.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignerError::Crypto`] when the library has no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(match &self.pair {
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.try_sign(message)?.as_ref().to_vec(),
        })
    }

    /// The proof that a certificate for `identity` may be issued to the holder of this key: its signature over the bytes
    /// of the identity.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn prove_possession(&self, identity: &str) -> Result<Vec<u8>, SignerError> {
        self.sign(identity.as_bytes())
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.public.algorithm()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {:?})", self.public)
    }
}
