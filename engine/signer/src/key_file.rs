use assay_base::{Entropy, Secret};
use crypto_secretbox::aead::Aead as _;
use crypto_secretbox::{KeyInit as _, XSalsa20Poly1305};
use der::pem::{self, LineEnding};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{PrivateKey, SignerError};

/// The label that is written, and the one that older versions of cosign wrote.
const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
const LABEL_OLDER: &str = "ENCRYPTED COSIGN PRIVATE KEY";
/// The label of PKCS#8 (RFC 7468, section 10).
const LABEL_PLAIN: &str = "PRIVATE KEY";
const KDF: &str = "scrypt";
const CIPHER: &str = "nacl/secretbox";
/// Bytes of a secretbox key and nonce (`NaCl`, `crypto_secretbox`).
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const SALT_BYTES: usize = 32;
/// What is written: 64 MiB, as cosign since 2.0.
const COST: Cost = Cost { n: 65_536, r: 8, p: 1 };
/// The most memory that reading a key may take, in bytes (`128 · N · r`), and the most passes over it.
const MAX_MEMORY: u64 = 256 << 20;
const MAX_PASSES: u32 = 4;

/// A private key as it was found in a file.
#[derive(Debug)]
pub enum KeyFile {
    /// PKCS#8 in PEM.
    Plain(PrivateKey),
    /// Encrypted, as cosign writes it; a password is needed.
    Encrypted(EncryptedKey),
}

/// A private key under a password: what `cosign generate-key-pair` writes (secure-systems-lab/go-securesystemslib,
/// `encrypted`): scrypt, then `NaCl` secretbox, around PKCS#8.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EncryptedKey {
    kdf: Kdf,
    cipher: Cipher,
    #[serde(with = "base64_bytes")]
    ciphertext: Vec<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Cost,
    #[serde(with = "base64_bytes")]
    salt: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Cost {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cipher {
    name: String,
    #[serde(with = "base64_bytes")]
    nonce: Vec<u8>,
}

impl KeyFile {
    /// Reads a private key in PEM.
    ///
    /// # Errors
    /// [`SignerError`] when it is neither PKCS#8 nor an encrypted key, or of another algorithm.
    pub fn parse(text: &str) -> Result<Self, SignerError> {
        let (label, mut bytes) = pem::decode_vec(text.trim().as_bytes()).map_err(SignerError::Pem)?;
        let key = match label {
            LABEL | LABEL_OLDER => serde_json::from_slice(&bytes).map(Self::Encrypted).map_err(SignerError::KeyFile),
            LABEL_PLAIN => PrivateKey::from_pkcs8(&bytes).map(Self::Plain),
            other => Err(SignerError::PemLabel(other.to_owned())),
        };
        bytes.zeroize();
        key
    }
}

impl EncryptedKey {
    /// Encrypts `key` under `password` at the cost that cosign uses.
    ///
    /// # Errors
    /// [`SignerError::Crypto`] when the library fails.
    pub fn seal(key: &PrivateKey, password: &Secret<String>, entropy: &dyn Entropy) -> Result<Self, SignerError> {
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        entropy.fill(&mut salt);
        entropy.fill(&mut nonce);
        let pkcs8 = key.to_pkcs8()?;
        let ciphertext = secretbox(password, &salt, COST)?.encrypt(&nonce.into(), pkcs8.expose().as_slice());
        Ok(Self {
            kdf: Kdf { name: KDF.to_owned(), params: COST, salt: salt.to_vec() },
            cipher: Cipher { name: CIPHER.to_owned(), nonce: nonce.to_vec() },
            ciphertext: ciphertext.map_err(|_| SignerError::Crypto(aws_lc_rs::error::Unspecified))?,
        })
    }

    /// Decrypts the key.
    ///
    /// # Errors
    /// [`SignerError::Password`] when the password is another one; other variants when the file is not sound, among them
    /// a cost that would take more than 256 MiB.
    pub fn open(&self, password: &Secret<String>) -> Result<PrivateKey, SignerError> {
        named(&self.kdf.name, KDF)?;
        named(&self.cipher.name, CIPHER)?;
        let nonce: [u8; NONCE_BYTES] =
            self.cipher.nonce.as_slice().try_into().map_err(|_| SignerError::KeyFileNonce)?;
        let cipher = secretbox(password, &self.kdf.salt, self.kdf.params)?;
        let pkcs8 = cipher.decrypt(&nonce.into(), self.ciphertext.as_slice()).map_err(|_| SignerError::Password)?;
        PrivateKey::from_pkcs8(&Zeroizing::new(pkcs8))
    }

    /// The key file as PEM.
    ///
    /// # Errors
    /// [`SignerError::KeyFile`] or [`SignerError::Pem`], which no key causes.
    pub fn to_pem(&self) -> Result<String, SignerError> {
        let json = serde_json::to_vec(self).map_err(SignerError::KeyFile)?;
        pem::encode_string(LABEL, LineEnding::LF, &json).map_err(SignerError::Pem)
    }
}

fn named(found: &str, expected: &'static str) -> Result<(), SignerError> {
    let other = || SignerError::KeyFileAlgorithm { found: assay_base::text::printable(found), expected };
    (found == expected).then_some(()).ok_or_else(other)
}

/// The cipher under the key that scrypt (RFC 7914) makes of the password.
fn secretbox(password: &Secret<String>, salt: &[u8], cost: Cost) -> Result<XSalsa20Poly1305, SignerError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let refused = || SignerError::KeyFileCost { n: cost.n, r: cost.r, p: cost.p };
    scrypt::scrypt(password.expose().as_bytes(), salt, &cost.bounded()?, &mut *key).map_err(|_| refused())?;
    Ok(XSalsa20Poly1305::new((&*key).into()))
}

impl Cost {
    /// The parameters, when a stranger's file may ask for them.
    fn bounded(self) -> Result<scrypt::Params, SignerError> {
        let refused = SignerError::KeyFileCost { n: self.n, r: self.r, p: self.p };
        let memory = self.n.saturating_mul(u64::from(self.r)).saturating_mul(128);
        if !self.n.is_power_of_two() || self.n < 2 || memory > MAX_MEMORY || self.p > MAX_PASSES {
            return Err(refused);
        }
        let log_n = u8::try_from(self.n.ilog2()).unwrap_or(u8::MAX);
        scrypt::Params::new(log_n, self.r, self.p, KEY_BYTES).map_err(|_| refused)
    }
}

/// For serde: bytes as Go writes them, standard base64 with padding.
mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
