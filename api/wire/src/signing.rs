use assay_base::Digest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for the certificate of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// Base64 of the `SubjectPublicKeyInfo` (DER) of an ephemeral ECDSA P-256 key.
    pub public_key: String,
    /// Base64 of the signature (ASN.1 DER) of the identity with that key: proof of possession.
    pub proof: String,
}

/// The certificate of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateAnswer {
    /// Base64 of the certificate (DER).
    pub certificate: String,
}

/// Asks for a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimestampRequest {
    /// The digest of the bytes to stamp: of the signature of an envelope.
    #[schema(value_type = String)]
    pub digest: Digest,
}

/// A timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimestampAnswer {
    /// Base64 of the RFC 3161 `TimeStampResp` (DER).
    pub timestamp: String,
}
