use assay_attest::dsse::{PAYLOAD_TYPE, pae};
use assay_attest::{Bundle, KeyId, VerificationMaterial};
use assay_base::Digest;

use crate::{PrivateKey, SignerError};

/// A payload and its signature, on the way to a bundle: the certificate and the timestamp come from a server.
#[derive(Debug, Clone)]
pub struct SignedPayload {
    payload: Vec<u8>,
    signature: Vec<u8>,
    key_id: KeyId,
}

impl SignedPayload {
    /// Signs the payload of an in-toto statement (DSSE).
    ///
    /// # Errors
    /// [`SignerError::Crypto`] when the library has no randomness.
    pub fn sign(key: &PrivateKey, payload: Vec<u8>) -> Result<Self, SignerError> {
        let signature = key.sign(&pae(PAYLOAD_TYPE, &payload))?;
        Ok(Self { payload, signature, key_id: key.public_key().id() })
    }

    /// What is to be stamped: the SHA-256 of the signature.
    pub fn imprint(&self) -> Digest {
        Digest::of(&self.signature)
    }

    /// The bundle of a keyless signature: `certificate` in DER, `timestamp` the `TimeStampResp` over [`Self::imprint`].
    ///
    /// # Errors
    /// [`SignerError::Attest`] when the payload is not a statement.
    pub fn with_certificate(self, certificate: Vec<u8>, timestamp: Vec<u8>) -> Result<Bundle, SignerError> {
        self.bundle(&VerificationMaterial::Certificate(certificate), &[timestamp])
    }

    /// The bundle of a signature with a key that the verifier has; `timestamp` as in [`Self::with_certificate`].
    ///
    /// # Errors
    /// As there.
    pub fn with_key(self, timestamp: Option<Vec<u8>>) -> Result<Bundle, SignerError> {
        let hint = self.key_id.to_string();
        let timestamps: Vec<_> = timestamp.into_iter().collect();
        self.bundle(&VerificationMaterial::PublicKey { hint }, &timestamps)
    }

    fn bundle(self, material: &VerificationMaterial, timestamps: &[Vec<u8>]) -> Result<Bundle, SignerError> {
        Ok(Bundle::assemble(&self.payload, &self.signature, material, timestamps)?)
    }
}
