use assay_attest::AttestError;
use assay_ports::{AuthorityError, AuthorityKind};
use aws_lc_rs::error::{KeyRejected, Unspecified};

/// Why something was not signed, sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// A master key that is not 64 hexadecimal digits.
    #[error("a master key is 64 hexadecimal digits")]
    MasterKey,
    /// The sealed key does not open: another master key, another row, or a changed one.
    #[error("the key of the authority cannot be opened")]
    Sealed,
    /// The record is of the other kind of authority.
    #[error("the record is not one of the kind {0:?}")]
    Kind(AuthorityKind),
    /// The record has no certificate.
    #[error("the authority has no certificate")]
    Chain,
    /// The proof of possession does not verify.
    #[error("the request is not signed by the key that it asks a certificate for")]
    Possession,
    /// The key is of an algorithm that is not certified.
    #[error("only keys of ECDSA P-256 are certified, this one is {0}")]
    Uncertifiable(&'static str),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Crypto(#[from] Unspecified),
    /// A private key that the cryptographic library does not take.
    #[error("the private key is not ECDSA P-256 or Ed25519 in PKCS#8")]
    PrivateKey(#[source] KeyRejected),
    /// A structure that cannot be written or read as ASN.1.
    #[error("the structure is not valid ASN.1: {0}")]
    Asn1(#[from] der::Error),
    /// A key, statement or bundle that is refused.
    #[error(transparent)]
    Attest(#[from] AttestError),
    /// Not a private key in PEM.
    #[error("this is not a private key in PEM: {0}")]
    Pem(der::pem::Error),
    /// PEM of something else.
    #[error("`{0}` is not a private key that can be read: it is `PRIVATE KEY` or `ENCRYPTED SIGSTORE PRIVATE KEY`")]
    PemLabel(String),
    /// The encrypted key is not what cosign writes.
    #[error("the encrypted key is not in the form that cosign writes")]
    KeyFile(#[source] serde_json::Error),
    /// The encrypted key uses another algorithm.
    #[error("the encrypted key uses `{found}`, only `{expected}` can be read")]
    KeyFileAlgorithm {
        /// What it uses.
        found: String,
        /// What can be read.
        expected: &'static str,
    },
    /// The cost parameters of the encrypted key are out of bounds.
    #[error("the encrypted key asks for scrypt with N={n}, r={r}, p={p}, which is refused")]
    KeyFileCost {
        /// Cost in memory and time.
        n: u64,
        /// Block size.
        r: u32,
        /// Parallelism.
        p: u32,
    },
    /// The nonce or salt of the encrypted key has another length.
    #[error("the nonce of the encrypted key has another length than 24 bytes")]
    KeyFileNonce,
    /// The password does not open the key.
    #[error("the password does not open the key")]
    Password,
}

impl SignerError {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MasterKey => "master-key",
            Self::Sealed => "authority-sealed",
            Self::Kind(_) | Self::Chain => "authority-record",
            Self::Possession => "possession",
            Self::Uncertifiable(_) => "key-algorithm",
            Self::Crypto(_) => "crypto",
            Self::PrivateKey(_) => "private-key",
            Self::Asn1(_) => "asn1",
            Self::Attest(error) => error.code(),
            Self::Pem(_) | Self::PemLabel(_) | Self::KeyFile(_) | Self::KeyFileNonce => "key-file",
            Self::KeyFileAlgorithm { .. } => "key-file-algorithm",
            Self::KeyFileCost { .. } => "key-file-cost",
            Self::Password => "key-password",
        }
    }
}

impl From<SignerError> for AuthorityError {
    fn from(error: SignerError) -> Self {
        match error {
            SignerError::Possession => Self::Possession,
            SignerError::Sealed => Self::Sealed,
            error => Self::Other(Box::new(error)),
        }
    }
}
