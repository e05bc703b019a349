use assay_base::json::JsonError;
use assay_base::limits;
use assay_base::text::{head, printable};

/// Why an attestation, a key or a trust root is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// The bundle is larger than [`limits::BUNDLE_BYTES`].
    #[error("the bundle has {0} bytes, the limit `bundle-size` is {limit}", limit = limits::BUNDLE_BYTES)]
    BundleSize(usize),
    /// The bundle is not JSON that has one reading.
    #[error("the bundle cannot be read: {0}")]
    BundleJson(#[source] JsonError),
    /// The bundle's media type is another one.
    #[error("`{}` is not the media type of a Sigstore bundle of version 0.3", shown(.0))]
    MediaType(String),
    /// A field of the bundle is missing, unknown or of another type.
    #[error("this is not a Sigstore bundle with a DSSE envelope: {0}")]
    BundleShape(#[source] serde_json::Error),
    /// Bytes that are neither standard nor URL-safe base64.
    #[error("`{field}` is not base64 in one alphabet")]
    Base64 {
        /// The field of the bundle or trust root.
        field: &'static str,
        /// What is wrong.
        source: base64::DecodeError,
    },
    /// The envelope does not carry exactly one signature.
    #[error("the envelope has {0} signatures, exactly one is taken")]
    SignatureCount(usize),
    /// More timestamps than [`limits::SIGNATURES`].
    #[error("the bundle has {0} timestamps, the limit `signatures` is {limit}", limit = limits::SIGNATURES)]
    TimestampCount(usize),
    /// The bundle carries entries of a transparency log, which nothing here could check.
    #[error("the bundle has entries of a transparency log, which the trust root does not cover")]
    LogEntries,
    /// Neither a certificate nor a public key's hint, or both.
    #[error("the verification material must be one certificate or the hint of one public key")]
    VerificationMaterial,
    /// The digest beside a detached signature is no SHA-256.
    #[error("the message digest must be `SHA2_256` and 32 bytes")]
    MessageDigest,
    /// The payload of the envelope is of another type.
    #[error("the payload type is `{}`, not `{expected}`", shown(.0), expected = crate::dsse::PAYLOAD_TYPE)]
    PayloadType(String),
    /// The payload is not JSON that has one reading.
    #[error("the statement cannot be read: {0}")]
    StatementJson(#[source] JsonError),
    /// `_type` is not the in-toto statement's.
    #[error("the statement is of the type `{}`, not `{expected}`", shown(.0), expected = crate::STATEMENT_TYPE)]
    StatementType(String),
    /// `predicateType` is not the one of Assay's attestations.
    #[error("the predicate is of the type `{}`, not `{expected}`", shown(.0), expected = crate::PREDICATE_TYPE)]
    PredicateType(String),
    /// A field of the statement is missing or of another type.
    #[error("the statement does not have the fields of its type: {0}")]
    StatementShape(#[source] serde_json::Error),
    /// No subject has a SHA-256 digest.
    #[error("the statement is about nothing: no subject has a sha256 digest")]
    StatementSubject,
    /// The signature does not verify.
    #[error("the signature does not verify over this payload")]
    SignatureInvalid,
    /// The certificate does not stand up under the trust root at the time of signing.
    #[error("the certificate is not trusted: {0}")]
    CertificateUntrusted(#[source] Box<sigstore_verify::Error>),
    /// The verifier refuses the bundle for another reason.
    #[error("the bundle is refused: {0}")]
    BundleRefused(#[source] Box<sigstore_verify::Error>),
    /// The certificate names no run and no issuer.
    #[error("the certificate has no URI as subject alternative name, or no issuer")]
    CertificateIdentity,
    /// A certificate without a timestamp.
    #[error("the signature of a certificate needs a timestamp, there is none")]
    TimestampMissing,
    /// A timestamp that no authority of the trust root made over this signature.
    #[error("the timestamp is not one of a trusted authority over this signature: {0}")]
    TimestampInvalid(#[source] Box<sigstore_verify::tsa::Error>),
    /// A timestamp, and no timestamp authority in the trust root.
    #[error("the timestamp cannot be checked: the trust root has no timestamp authority")]
    TimestampAuthorityMissing,
    /// The hint names no trusted key.
    #[error("the key `{}` is not trusted", shown(.hint))]
    KeyUntrusted {
        /// The hint of the bundle.
        hint: String,
    },
    /// Not a public key in PEM or DER.
    #[error("this is not a public key (SubjectPublicKeyInfo in PEM or DER)")]
    KeyShape(#[source] der::Error),
    /// The key's point or encoding is refused by the cryptographic library.
    #[error("the public key is not valid for its algorithm")]
    KeyInvalid,
    /// A public key of an algorithm that is not taken.
    #[error("keys are ECDSA P-256 or Ed25519, this one is of the algorithm {0}")]
    KeyAlgorithm(der::asn1::ObjectIdentifier),
    /// A text that is not a key id.
    #[error("a key id is written `sha256:` and 64 hexadecimal digits")]
    KeyId(#[source] assay_base::DigestError),
    /// A URI that does not name a run.
    #[error("`{}` does not name a run: it is `<server>/orgs/O/projects/P/workflows/W/runs/R`", shown(.uri))]
    RunIdentity {
        /// The URI.
        uri: String,
    },
    /// The trust root is not JSON that has one reading.
    #[error("the trust root cannot be read: {0}")]
    TrustRootJson(#[source] JsonError),
    /// The trust root is not a Sigstore `TrustedRoot`.
    #[error("this is not a Sigstore trusted root: {0}")]
    TrustRootShape(#[source] serde_json::Error),
    /// The trust root's media type is another one.
    #[error("`{}` is not the media type of a Sigstore trusted root", shown(.0))]
    TrustRootMediaType(String),
    /// A certificate of the trust root cannot be parsed.
    #[error("a certificate of the trust root cannot be parsed: {0}")]
    TrustRootCertificate(#[source] der::Error),
    /// An authority of the trust root has no certificate.
    #[error("an authority of the trust root has no certificate")]
    TrustRootEmpty,
    /// The verifier does not take the trust root.
    #[error("the trust root cannot be used: {0}")]
    TrustRootInvalid(#[source] Box<sigstore_verify::Error>),
    /// A value could not be written as JSON.
    #[error("the value cannot be written as JSON")]
    Encode(#[source] serde_json::Error),
}

impl AttestError {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BundleSize(_) => "bundle-size",
            Self::BundleJson(error) | Self::StatementJson(error) | Self::TrustRootJson(error) => error.kind.code(),
            Self::MediaType(_) => "bundle-media-type",
            Self::BundleShape(_) => "bundle-shape",
            Self::Base64 { .. } => "base64",
            Self::SignatureCount(_) => "signature-count",
            Self::TimestampCount(_) => "timestamp-count",
            Self::LogEntries => "log-entries",
            Self::VerificationMaterial => "verification-material",
            Self::MessageDigest => "message-digest",
            Self::PayloadType(_) => "payload-type",
            Self::StatementType(_) => "statement-type",
            Self::PredicateType(_) => "predicate-type",
            Self::StatementShape(_) => "statement-shape",
            Self::StatementSubject => "statement-subject",
            Self::SignatureInvalid => "signature-invalid",
            Self::CertificateUntrusted(_) => "certificate-untrusted",
            Self::BundleRefused(_) => "bundle-refused",
            Self::CertificateIdentity => "certificate-identity",
            Self::TimestampMissing => "timestamp-missing",
            Self::TimestampInvalid(_) | Self::TimestampAuthorityMissing => "timestamp-invalid",
            Self::KeyUntrusted { .. } => "key-untrusted",
            Self::KeyShape(_) | Self::KeyInvalid => "key-shape",
            Self::KeyAlgorithm(_) => "key-algorithm",
            Self::KeyId(_) => "key-id",
            Self::RunIdentity { .. } => "run-identity",
            Self::TrustRootShape(_)
            | Self::TrustRootMediaType(_)
            | Self::TrustRootCertificate(_)
            | Self::TrustRootEmpty => "trust-root-shape",
            Self::TrustRootInvalid(_) => "trust-root-invalid",
            Self::Encode(_) => "encode",
        }
    }
}

/// A stranger's text, short enough and safe for one line of an error.
fn shown(text: &str) -> String {
    printable(&head(text, 120))
}
