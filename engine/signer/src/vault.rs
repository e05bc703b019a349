use std::fmt;
use std::sync::Arc;

use assay_base::{Entropy, OrgId, Secret};
use assay_ports::{Vault, VaultError};

use crate::{MasterKey, SignerError};

/// Secrets of rows, sealed under a master key as the keys of authorities are.
pub struct LocalVault {
    master: MasterKey,
    entropy: Arc<dyn Entropy>,
}

impl LocalVault {
    /// A vault under `master`.
    pub fn new(master: MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { master, entropy }
    }
}

impl Vault for LocalVault {
    fn seal(&self, org: OrgId, row: &str, secret: &Secret<Vec<u8>>) -> Result<Vec<u8>, VaultError> {
        Ok(self.master.seal(secret.expose(), org, row, &*self.entropy)?)
    }

    fn open(&self, org: OrgId, row: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        Ok(self.master.open(sealed, org, row)?)
    }
}

impl fmt::Debug for LocalVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVault").field("master", &self.master).finish_non_exhaustive()
    }
}

impl From<SignerError> for VaultError {
    fn from(error: SignerError) -> Self {
        match error {
            SignerError::Sealed => Self::Sealed,
            error => Self::Other(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Never the same bytes twice.
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn vault(first: u8) -> LocalVault {
        let entropy = Arc::new(Counting(AtomicU8::new(first)));
        LocalVault::new(MasterKey::generate(&*entropy), entropy)
    }

    fn org(n: u8) -> OrgId {
        format!("0190a5d0-0000-7000-8000-00000000000{n}").parse().unwrap()
    }

    fn opened(vault: &LocalVault, org: OrgId, row: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        match vault.open(org, row, sealed) {
            Ok(secret) => Some(secret.expose().clone()),
            Err(VaultError::Sealed) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_that_are_swapped_do_not_open() {
        let vault = vault(1);
        let rows = ["registration/a", "registration/b", "registration/", "", "authority/certificate"];
        let sealed = rows.map(|row| vault.seal(org(1), row, &Secret::new(row.as_bytes().to_vec())).unwrap());
        for (row, of) in rows.iter().zip(&sealed) {
            for other in rows {
                let expected = (*row == other).then(|| row.as_bytes().to_vec());
                assert_eq!(opened(&vault, org(1), other, of), expected, "{row} as {other}");
            }
        }
    }

    #[test]
    fn neither_another_organization_nor_another_key_opens() {
        let (one, other) = (vault(1), vault(2));
        let sealed = one.seal(org(1), "r", &Secret::new(b"secret".to_vec())).unwrap();
        assert_eq!(opened(&one, org(1), "r", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(opened(&one, org(2), "r", &sealed), None);
        assert_eq!(opened(&other, org(1), "r", &sealed), None);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let vault = vault(1);
        let sealed = vault.seal(org(1), "r", &Secret::new(b"secret".to_vec())).unwrap();
        for at in 0..sealed.len() {
            for bit in [1, 0x80] {
                let mut changed = sealed.clone();
                changed[at] ^= bit;
                assert_eq!(opened(&vault, org(1), "r", &changed), None, "byte {at}");
            }
            assert_eq!(opened(&vault, org(1), "r", &sealed[..at]), None, "cut at {at}");
        }
        assert_eq!(opened(&vault, org(1), "r", &[&sealed[..], b"x"].concat()), None);
    }

    #[test]
    fn what_is_sealed_is_not_seen() {
        let vault = vault(1);
        let secret = Secret::new(b"hunter2-hunter2".to_vec());
        let sealed = vault.seal(org(1), "r", &secret).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        assert_ne!(sealed, vault.seal(org(1), "r", &secret).unwrap(), "the same secret twice is not seen to be so");
        assert_eq!(format!("{vault:?}"), "LocalVault { master: MasterKey([secret]), .. }");
        assert!(!format!("{:?}", vault.open(org(1), "r", &sealed).unwrap()).contains("hunter2"));
    }
}
