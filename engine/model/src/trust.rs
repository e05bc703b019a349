use assay_base::{OrgId, Timestamp, TokenName, TrustKeyId};

/// A public key whose signatures an organization accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustKey {
    /// Its id.
    pub id: TrustKeyId,
    /// Who trusts it.
    pub org: OrgId,
    /// Its name, unique among the organization's trusted keys.
    pub name: TokenName,
    /// What a bundle names it by: the digest of its `SubjectPublicKeyInfo`.
    pub key_id: String,
    /// `ECDSA P-256` or `Ed25519`.
    pub algorithm: String,
    /// `SubjectPublicKeyInfo` in DER.
    pub public_key: Vec<u8>,
    /// Since when it is trusted.
    pub created_at: Timestamp,
}
