use assay_base::{Entropy, OrgId, Secret};
use assay_ports::AuthorityKind;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroize as _;

use crate::SignerError;

/// The first byte of a sealed key: which algorithm and which layout.
const VERSION: u8 = 1;

/// The key that the private keys of all authorities are sealed under.
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

    /// Encrypts `key` (AES-256-GCM), bound to its organization and kind: `version ‖ nonce ‖ ciphertext ‖ tag`.
    pub(crate) fn seal(
        &self,
        key: &[u8],
        org: OrgId,
        kind: AuthorityKind,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SignerError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut text = key.to_vec();
        self.cipher()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), context(org, kind), &mut text)?;
        Ok([&[VERSION], &nonce[..], &text].concat())
    }

    /// Decrypts what [`Self::seal`] made for the same organization and kind.
    pub(crate) fn open(&self, sealed: &[u8], org: OrgId, kind: AuthorityKind) -> Result<Secret<Vec<u8>>, SignerError> {
        let (&version, rest) = sealed.split_first().ok_or(SignerError::Sealed)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SignerError::Sealed)?;
        if version != VERSION {
            return Err(SignerError::Sealed);
        }
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.cipher()?.open_in_place(nonce, context(org, kind), &mut text);
        let length = opened.map_err(|_| SignerError::Sealed)?.len();
        text.truncate(length);
        Ok(Secret::new(text))
    }

    fn cipher(&self) -> Result<LessSafeKey, SignerError> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.0.expose())?))
    }
}

/// The additional data: whose key it is and what for.
fn context(org: OrgId, kind: AuthorityKind) -> Aad<Vec<u8>> {
    let label: &[u8] = match kind {
        AuthorityKind::Certificate => b"certificate",
        AuthorityKind::Timestamp => b"timestamp",
    };
    Aad::from([org.as_bytes(), label].concat())
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
    fn a_sealed_key_opens_under_its_own_name_only() {
        let master = MasterKey::generate(&Fixed(7));
        let org = |n: u8| format!("0190a5d0-0000-7000-8000-00000000000{n}").parse::<OrgId>().unwrap();
        let sealed = master.seal(b"private", org(1), AuthorityKind::Certificate, &Fixed(1)).unwrap();
        let open = |master: &MasterKey, sealed: &[u8], org, kind| {
            master.open(sealed, org, kind).map(|secret| secret.expose().clone()).ok()
        };
        assert_eq!(open(&master, &sealed, org(1), AuthorityKind::Certificate).as_deref(), Some(&b"private"[..]));
        assert_eq!(open(&master, &sealed, org(2), AuthorityKind::Certificate), None);
        assert_eq!(open(&master, &sealed, org(1), AuthorityKind::Timestamp), None);
        assert_eq!(open(&MasterKey::generate(&Fixed(8)), &sealed, org(1), AuthorityKind::Certificate), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&master, &changed, org(1), AuthorityKind::Certificate), None, "byte {at}");
            assert_eq!(open(&master, &sealed[..at], org(1), AuthorityKind::Certificate), None, "cut at {at}");
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
