use assay_base::{Digest, OrgId, OrgName, Timestamp};

/// The certificate authority and the time-stamping authority of an organization. Private keys leave an implementation
/// sealed only.
pub trait Authority: Send + Sync {
    /// Makes the pair for a new organization.
    ///
    /// # Errors
    /// [`AuthorityError`] when keys cannot be made or sealed.
    fn create(&self, org: OrgId, name: &OrgName, now: Timestamp) -> Result<Vec<AuthorityRecord>, AuthorityError>;

    /// Issues a code-signing certificate for ten minutes, as DER.
    ///
    /// # Errors
    /// [`AuthorityError::Possession`] when the request does not prove that it holds the key.
    fn certify(
        &self,
        ca: &AuthorityRecord,
        request: &CertificateRequest,
        now: Timestamp,
    ) -> Result<Vec<u8>, AuthorityError>;

    /// Answers an RFC 3161 `TimeStampResp` (DER) over `imprint`, the SHA-256 of what is stamped.
    ///
    /// # Errors
    /// [`AuthorityError`] when the sealed key cannot be opened.
    fn timestamp(&self, tsa: &AuthorityRecord, imprint: Digest, now: Timestamp) -> Result<Vec<u8>, AuthorityError>;
}

/// Which of the two an [`AuthorityRecord`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorityKind {
    /// Issues the certificates of runs.
    Certificate,
    /// Stamps signatures with the time.
    Timestamp,
}

/// One authority of an organization, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRecord {
    /// Whose it is.
    pub org: OrgId,
    /// Which one.
    pub kind: AuthorityKind,
    /// Certificates in DER, the signing one first, its root last.
    pub chain: Vec<Vec<u8>>,
    /// The private key, encrypted and bound to the organization and the kind.
    pub sealed_key: Vec<u8>,
    /// From when on it is trusted.
    pub valid_from: Timestamp,
    /// Until when what it signed is trusted; absent while it is in use.
    pub valid_to: Option<Timestamp>,
}

/// What a client asks to be certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    /// `SubjectPublicKeyInfo` in DER of an ECDSA P-256 key.
    pub public_key: Vec<u8>,
    /// ASN.1 DER signature of the bytes of `identity` with that key: proof of possession.
    pub proof: Vec<u8>,
    /// The URI of the run, the certificate's subject alternative name.
    pub identity: String,
    /// The issuer, the value of Fulcio's extensions 1.3.6.1.4.1.57264.1.1 and .1.8: the base URL of the server.
    pub issuer: String,
}

/// Why an authority did not answer.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The proof of possession does not verify under the public key.
    #[error("the request is not signed by the key that it asks a certificate for")]
    Possession,
    /// The stored key cannot be decrypted: another master key, or a changed row.
    #[error("the key of the authority cannot be opened")]
    Sealed,
    /// Anything else, from a library.
    #[error("the authority failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}
