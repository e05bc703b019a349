//! The Sigstore bundle as JSON (sigstore/protobuf-specs, `sigstore_bundle.proto`, in the JSON form of Protocol Buffers).

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Bundle {
    pub(crate) media_type: String,
    pub(crate) verification_material: Material,
    pub(crate) dsse_envelope: Envelope,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Material {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<Certificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_key: Option<KeyHint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tlog_entries: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp_verification_data: Option<Timestamps>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) raw_bytes: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyHint {
    pub(crate) hint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Timestamps {
    #[serde(default)]
    pub(crate) rfc3161_timestamps: Vec<SignedTimestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignedTimestamp {
    pub(crate) signed_timestamp: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Envelope {
    pub(crate) payload: String,
    pub(crate) payload_type: String,
    pub(crate) signatures: Vec<Signature>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    pub(crate) sig: String,
    /// Read because others write it; it decides nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keyid: Option<String>,
}

/// The form of a bundle that signs bytes which are elsewhere.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MessageBundle {
    pub(crate) media_type: String,
    pub(crate) verification_material: Material,
    pub(crate) message_signature: MessageSignature,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MessageSignature {
    pub(crate) message_digest: MessageDigest,
    pub(crate) signature: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageDigest {
    pub(crate) algorithm: String,
    pub(crate) digest: String,
}
