use std::sync::Arc;

use assay_base::{Digest, Timestamp};
use sigstore_verify::types::bundle::{
    CertificateContent, Rfc3161Timestamp, TimestampVerificationData, VerificationMaterialContent,
};
use sigstore_verify::types::{self as sigstore, SignatureBytes, TimestampToken};
use sigstore_verify::{SubjectAltName, VerificationPolicy, VerificationResult, tsa};

use crate::dsse::{Envelope, PAYLOAD_TYPE};
use crate::statement::Unverified;
use crate::{AttestError, Bundle, KeyId, Statement, Subject, TrustRules, VerificationMaterial};

/// Something that was verified: its signature, its signer, and the time where one is needed. Only [`verify`] makes it, so
/// whoever holds it need not ask again.
///
/// ```compile_fail
/// let claim: assay_attest::Unverified<assay_attest::Statement> = todo!();
/// let believed: assay_attest::Verified<assay_attest::Statement> = claim.into();
/// ```
#[derive(Debug, Clone)]
pub struct Verified<T> {
    value: Arc<T>,
    payload: Arc<[u8]>,
    bundle: Arc<[u8]>,
    digest: Digest,
    signer: SignerInfo,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerInfo {
    /// Somebody whom the organization's authority certified for some minutes.
    Certificate {
        /// The URI in the subject alternative name; [`crate::RunIdentity`] reads it.
        identity: String,
        /// The issuer in Fulcio's extensions.
        issuer: String,
        /// The time of the signature, by the timestamp authority.
        signed_at: Timestamp,
    },
    /// The holder of a key that the organization trusts.
    Key {
        /// The key.
        key_id: KeyId,
        /// Its name, when it was given one.
        name: Option<assay_base::TokenName>,
        /// The time of the signature, when the bundle has a timestamp and the rules a timestamp authority.
        signed_at: Option<Timestamp>,
    },
}

impl<T> Verified<T> {
    /// What was said.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// The bytes that were signed, and from which [`Self::get`] was read.
    pub const fn payload(&self) -> &Arc<[u8]> {
        &self.payload
    }

    /// The bytes of the bundle as they were received.
    pub const fn bundle(&self) -> &Arc<[u8]> {
        &self.bundle
    }

    /// The digest of [`Self::bundle`].
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Who signed.
    pub const fn signer(&self) -> &SignerInfo {
        &self.signer
    }
}

/// Verifies a bundle under `rules`: the signature over the payload, the certificate with its chain, usage and validity at
/// the time of the timestamp, or the key. Nothing in the answer depends on the clock of the caller.
///
/// # Errors
/// [`AttestError`] with a code of its own for each thing that can be wrong.
pub fn verify(bundle: &Bundle, rules: &TrustRules) -> Result<Verified<Statement>, AttestError> {
    let signer = match bundle.material() {
        VerificationMaterial::Certificate(der) => {
            let signed_at = stamped_at(bundle, rules)?.ok_or(AttestError::TimestampMissing)?;
            by_certificate(bundle, der, rules, signed_at)?
        }
        VerificationMaterial::PublicKey { hint } => {
            // Whoever trusts a key and no timestamp authority learns nothing from a timestamp, and is told no time.
            let signed_at = if rules.stamping.is_empty() { None } else { stamped_at(bundle, rules)? };
            by_key(bundle.envelope(), hint, rules, signed_at)?
        }
    };
    let Unverified(value) = bundle.statement().clone();
    let payload = Arc::clone(&bundle.envelope().payload);
    Ok(Verified { value, payload, bundle: Arc::clone(bundle.bytes()), digest: bundle.digest(), signer })
}

/// The earliest time that a trusted authority put on the signature. Every timestamp that is there must verify.
fn stamped_at(bundle: &Bundle, rules: &TrustRules) -> Result<Option<Timestamp>, AttestError> {
    let signature = SignatureBytes::from_bytes(&bundle.envelope().signature);
    let mut earliest = None;
    for der in bundle.timestamps() {
        let time = stamp_time(&TimestampToken::from_bytes(der), &signature, &rules.stamping)?;
        earliest = Some(earliest.map_or(time, |earliest: Timestamp| earliest.min(time)));
    }
    Ok(earliest)
}

fn stamp_time(
    token: &TimestampToken,
    signature: &SignatureBytes,
    authorities: &[sigstore::TsaAuthority],
) -> Result<Timestamp, AttestError> {
    let mut refusal = None;
    for authority in authorities {
        match tsa::verify_timestamp_for_authority(token, signature, authority) {
            Ok(time) => return Ok(Timestamp::from_micros(time.as_microsecond())),
            // The right authority at a wrong time says more than another authority that knows nothing of the token.
            Err(error) if !matches!(refusal, Some(tsa::Error::TimestampOutsideValidity { .. })) => {
                refusal = Some(error);
            }
            Err(_) => {}
        }
    }
    Err(refusal.map_or(AttestError::TimestampAuthorityMissing, |error| AttestError::TimestampInvalid(Box::new(error))))
}

fn by_key(
    envelope: &Envelope,
    hint: &str,
    rules: &TrustRules,
    signed_at: Option<Timestamp>,
) -> Result<SignerInfo, AttestError> {
    let trusted = rules.keys().iter().find(|trusted| trusted.key.id().is_hinted_by(hint));
    let trusted = trusted.ok_or_else(|| AttestError::KeyUntrusted { hint: hint.to_owned() })?;
    trusted.key.verify(&envelope.pae(), &envelope.signature)?;
    Ok(SignerInfo::Key { key_id: trusted.key.id(), name: trusted.name.clone(), signed_at })
}

fn by_certificate(
    bundle: &Bundle,
    certificate: &[u8],
    rules: &TrustRules,
    signed_at: Timestamp,
) -> Result<SignerInfo, AttestError> {
    // There are no logs in the trust root. The identity is the caller's to compare: with the run, not with a constant.
    let policy = VerificationPolicy::any_identity().skip_tlog_unsafe().skip_sct();
    let subject = bundle.statement().claim().subject.iter().find_map(Subject::sha256);
    let subject = subject.ok_or(AttestError::StatementSubject)?;
    let artifact = sigstore::Sha256Hash::new(*subject.as_bytes());
    let result = rules.verifier.verify(artifact, &for_library(bundle, certificate), &policy).map_err(refusal)?;
    identity(&result, signed_at)
}

/// Who the certificate says it is.
fn identity(result: &VerificationResult, signed_at: Timestamp) -> Result<SignerInfo, AttestError> {
    match (result.identity(), result.issuer()) {
        (Some(SubjectAltName::Uri(uri)), Some(issuer)) if result.certificate_verified() => {
            Ok(SignerInfo::Certificate { identity: uri.clone(), issuer: issuer.to_owned(), signed_at })
        }
        _ => Err(AttestError::CertificateIdentity),
    }
}

/// The bundle in the types of the library, from the parts that were read here: it is not parsed a second time.
fn for_library(bundle: &Bundle, certificate: &[u8]) -> sigstore::Bundle {
    let certificate = CertificateContent::new(sigstore::DerCertificate::from_bytes(certificate));
    let stamps = bundle.timestamps().iter();
    let stamps = stamps.map(|der| Rfc3161Timestamp::new(TimestampToken::from_bytes(der))).collect();
    let material = sigstore::bundle::VerificationMaterial::new(VerificationMaterialContent::Certificate(certificate))
        .with_timestamp_verification_data(TimestampVerificationData::new(stamps));
    let Envelope { payload, signature } = bundle.envelope();
    let signature = sigstore::DsseSignature::new(SignatureBytes::from_bytes(signature), sigstore::KeyId::default());
    let envelope = sigstore::DsseEnvelope::new(PAYLOAD_TYPE, sigstore::PayloadBytes::from_bytes(payload), signature);
    sigstore::Bundle::new(sigstore::MediaType::Bundle0_3, material, sigstore::SignatureContent::DsseEnvelope(envelope))
}

fn refusal(error: sigstore_verify::Error) -> AttestError {
    use sigstore_verify::Error as Library;
    match error {
        Library::SignatureInvalid(_) => AttestError::SignatureInvalid,
        error @ (Library::Certificate(_) | Library::Crypto(_) | Library::TrustedCertificate(_)) => {
            AttestError::CertificateUntrusted(Box::new(error))
        }
        error => AttestError::BundleRefused(Box::new(error)),
    }
}
