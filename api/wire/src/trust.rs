use assay_base::{Timestamp, TokenName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A public key to trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrustKey {
    /// Its name; the first characters of its id when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: Option<TokenName>,
    /// The key: PEM of a `SubjectPublicKeyInfo`, ECDSA P-256 or Ed25519.
    pub public_key: String,
}

/// A trusted key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrustKeyItem {
    /// Its name.
    #[schema(value_type = String)]
    pub name: TokenName,
    /// What a bundle names it by.
    pub key_id: String,
    /// `ECDSA P-256` or `Ed25519`.
    pub algorithm: String,
    /// Since when it is trusted.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
