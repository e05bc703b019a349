use assay_base::{Entropy, OrgId, Secret};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use zeroize::Zeroize as _;

use crate::SignerError;

/// The first byte of what is sealed: which algorithm and which layout.
const VERSION: u8 = 1;

/// The key that the private keys of all authorities and the secrets of all registrations are sealed under.
#[derive(Debug, Clone)]
pub struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        let key = Self(Secret::new(bytes));
        bytes.zeroize();
        key
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`SignerError::MasterKey`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, SignerError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| SignerError::MasterKey)?;
        let key = Self(Secret::new(bytes));
        bytes.zeroize();
        Ok(key)
    }

    /// The 64 hexadecimal digits, to be kept.
    pub fn to_hex(&self) -> Secret<String> {
        Secret::new(hex::encode(self.0.expose()))
    }

    /// A key for another purpose: nothing follows from it about this one or about that of a third purpose (HMAC-SHA-256 of the
    /// purpose as a pseudorandom function, RFC 2104).
    pub fn derive(&self, purpose: &str) -> Secret<[u8; 32]> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose()), purpose.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        let derived = Secret::new(key);
        key.zeroize();
        derived
    }

    /// Encrypts `secret` (AES-256-GCM, NIST SP 800-38D), bound to its organization and row:
    /// `version ‖ nonce ‖ ciphertext ‖ tag`.
    pub(crate) fn seal(
        &self,
        secret: &[u8],
        org: OrgId,
        row: &str,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SignerError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        // With room for the tag: a vector that grows leaves a copy of the secret behind.
        let mut text = Vec::with_capacity(secret.len() + AES_256_GCM.tag_len());
        text.extend_from_slice(secret);
        self.cipher()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), context(org, row), &mut text)?;
        Ok([&[VERSION], &nonce[..], &text].concat())
    }

    /// Decrypts what [`Self::seal`] made for the same organization and row.
    pub(crate) fn open(&self, sealed: &[u8], org: OrgId, row: &str) -> Result<Secret<Vec<u8>>, SignerError> {
        let (&version, rest) = sealed.split_first().ok_or(SignerError::Sealed)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SignerError::Sealed)?;
        if version != VERSION {
            return Err(SignerError::Sealed);
        }
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.cipher()?.open_in_place(nonce, context(org, row), &mut text);
        let length = opened.map_err(|_| SignerError::Sealed)?.len();
        text.truncate(length);
        Ok(Secret::new(text))
    }

    fn cipher(&self) -> Result<LessSafeKey, SignerError> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.0.expose())?))
    }
}

/// The additional data: whose secret it is and which row it belongs to. An id has one length, so that no two pairs are alike.
fn context(org: OrgId, row: &str) -> Aad<Vec<u8>> {
    Aad::from([org.as_bytes(), row.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn a_master_key_is_written_and_read() {
        let master = MasterKey::generate(&Fixed(0xab));
        let text = master.to_hex();
        assert_eq!(text.expose(), &"ab".repeat(32));
        assert_eq!(MasterKey::from_hex(&format!("{}\n", text.expose())).unwrap().to_hex(), text);
        assert_eq!(format!("{master:?}"), "MasterKey([secret])");
        for bad in ["", "ab", &"ab".repeat(33), &"xy".repeat(32)] {
            assert_eq!(MasterKey::from_hex(bad).unwrap_err().code(), "master-key", "{bad}");
        }
    }
}
