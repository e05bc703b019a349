//! The certificates of the authorities and of runs (RFC 5280; Fulcio's profile, sigstore/fulcio `docs/oid-info.md` and
//! `docs/certificate-specification.md`).

use std::str::FromStr as _;
use std::time::Duration;

use assay_attest::PublicKey;
use assay_base::{Digest, Entropy, OrgName, Timestamp};
use der::asn1::{BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString, UtcTime, Utf8StringRef};
use der::oid::AssociatedOid;
use der::{Decode as _, Encode};
use x509_cert::certificate::{CertificateInner, TbsCertificateInner, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use crate::{PrivateKey, SignerError};

/// `ecdsa-with-SHA256` (RFC 5758, section 3.2).
pub(crate) const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// `id-kp-codeSigning` and `id-kp-timeStamping` (RFC 5280, section 4.2.1.12).
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// Fulcio's issuer, as raw text and as a DER `UTF8String`.
const FULCIO_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.1");
const FULCIO_ISSUER_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.8");
/// Bytes of a serial number (RFC 5280, section 4.1.2.2 allows 20).
const SERIAL_BYTES: usize = 16;

/// How long an authority can sign.
const AUTHORITY_LIFE: Duration = Duration::from_hours(10 * 365 * 24);
/// How long a run can sign.
const RUN_LIFE: Duration = Duration::from_mins(10);
/// How far the clocks of servers may be apart.
pub(crate) const CLOCK_MARGIN: Duration = Duration::from_mins(1);

/// From when to when a certificate holds.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    /// That of an authority that begins now.
    pub(crate) fn of_authority(now: Timestamp) -> Self {
        Self { from: now.before(CLOCK_MARGIN), to: now.after(AUTHORITY_LIFE) }
    }

    /// That of a run that signs now.
    fn of_run(now: Timestamp) -> Self {
        Self { from: now.before(CLOCK_MARGIN), to: now.after(RUN_LIFE) }
    }

    /// When it begins.
    pub(crate) const fn from(self) -> Timestamp {
        self.from
    }
}

/// Who signs a certificate.
pub(crate) struct Issuer<'a> {
    name: Name,
    key: &'a PrivateKey,
}

impl<'a> Issuer<'a> {
    /// The subject of `certificate`, which holds `key`.
    pub(crate) fn of(certificate: &[u8], key: &'a PrivateKey) -> Result<Self, SignerError> {
        let certificate: CertificateInner = CertificateInner::from_der(certificate)?;
        Ok(Self { name: certificate.tbs_certificate.subject, key })
    }
}

/// A root: signs itself, signs others, and nothing below them.
pub(crate) fn root(
    org: &OrgName,
    title: &str,
    key: &PrivateKey,
    window: Window,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SignerError> {
    let name = authority_name(org, title)?;
    let extensions = vec![
        extension(&BasicConstraints { ca: true, path_len_constraint: Some(0) }, Critical::Yes)?,
        extension(&KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign), Critical::Yes)?,
    ];
    let issuer = Issuer { name: name.clone(), key };
    issue(&issuer, name, key.public_key(), window, extensions, entropy)
}

/// The certificate of a time-stamping authority (RFC 3161, section 2.3: the usage is critical and alone).
pub(crate) fn stamping(
    org: &OrgName,
    title: &str,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    window: Window,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SignerError> {
    let mut extensions = end_entity()?;
    extensions.push(extension(&ExtendedKeyUsage(vec![TIME_STAMPING]), Critical::Yes)?);
    issue(issuer, authority_name(org, title)?, key, window, extensions, entropy)
}

/// The certificate of a run: no subject, the identity as URI, the issuer in Fulcio's extensions.
pub(crate) fn run(
    identity: &str,
    server: &str,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SignerError> {
    let uri = GeneralName::UniformResourceIdentifier(Ia5String::new(identity)?);
    let mut extensions = end_entity()?;
    extensions.push(extension(&ExtendedKeyUsage(vec![CODE_SIGNING]), Critical::No)?);
    // The subject is empty, so the alternative name is critical (RFC 5280, section 4.2.1.6).
    extensions.push(extension(&SubjectAltName(vec![uri]), Critical::Yes)?);
    extensions.push(raw_extension(FULCIO_ISSUER, server.as_bytes().to_vec(), Critical::No)?);
    extensions.push(raw_extension(FULCIO_ISSUER_V2, Utf8StringRef::new(server)?.to_der()?, Critical::No)?);
    issue(issuer, Name::default(), key, Window::of_run(now), extensions, entropy)
}

fn end_entity() -> Result<Vec<Extension>, SignerError> {
    Ok(vec![
        extension(&BasicConstraints { ca: false, path_len_constraint: None }, Critical::Yes)?,
        extension(&KeyUsage(KeyUsages::DigitalSignature.into()), Critical::Yes)?,
    ])
}

fn issue(
    issuer: &Issuer<'_>,
    subject: Name,
    key: &PublicKey,
    window: Window,
    mut extensions: Vec<Extension>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SignerError> {
    extensions.push(extension(&SubjectKeyIdentifier(key_identifier(key)?), Critical::No)?);
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(key_identifier(issuer.key.public_key())?),
        ..AuthorityKeyIdentifier::default()
    };
    extensions.push(extension(&authority, Critical::No)?);
    let tbs_certificate: TbsCertificateInner = TbsCertificateInner {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial(entropy))?,
        signature: ecdsa(),
        issuer: issuer.name.clone(),
        validity: Validity { not_before: time(window.from)?, not_after: time(window.to)? },
        subject,
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(key.der())?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    };
    let signature = BitString::from_bytes(&issuer.key.sign(&tbs_certificate.to_der()?)?)?;
    let certificate = CertificateInner { tbs_certificate, signature_algorithm: ecdsa(), signature };
    Ok(certificate.to_der()?)
}

/// A positive number of [`SERIAL_BYTES`] bytes that nobody can foresee.
pub(crate) fn serial(entropy: &dyn Entropy) -> [u8; SERIAL_BYTES] {
    let mut bytes = [0; SERIAL_BYTES];
    entropy.fill(&mut bytes);
    // The first byte is neither negative nor zero: the length stays the same.
    bytes[0] = bytes[0] & 0x3f | 0x40;
    bytes
}

pub(crate) const fn ecdsa() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None }
}

/// The name of an authority. Names of organizations have no character that the syntax of RFC 4514 would escape.
fn authority_name(org: &OrgName, title: &str) -> Result<Name, SignerError> {
    Ok(Name::from_str(&format!("CN={title},O={org}"))?)
}

/// The first 160 bits of the SHA-256 of the key's bits (RFC 7093, section 2, method 1).
fn key_identifier(key: &PublicKey) -> Result<OctetString, SignerError> {
    let info = SubjectPublicKeyInfoOwned::from_der(key.der())?;
    let digest = Digest::of(info.subject_public_key.raw_bytes());
    Ok(OctetString::new(&digest.as_bytes()[..20])?)
}

/// `UTCTime` up to 2049, `GeneralizedTime` from 2050 on (RFC 5280, section 4.1.2.5).
fn time(instant: Timestamp) -> Result<Time, SignerError> {
    let since_epoch = since_epoch(instant);
    Ok(match UtcTime::from_unix_duration(since_epoch) {
        Ok(time) => Time::UtcTime(time),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_unix_duration(since_epoch)?),
    })
}

/// Whole seconds since the epoch, none before it.
pub(crate) fn since_epoch(instant: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(instant.seconds()).unwrap_or(0))
}

/// Whether software that does not know an extension must refuse the certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Critical {
    Yes,
    No,
}

fn extension<T: AssociatedOid + Encode>(value: &T, critical: Critical) -> Result<Extension, SignerError> {
    raw_extension(T::OID, value.to_der()?, critical)
}

fn raw_extension(oid: ObjectIdentifier, der: Vec<u8>, critical: Critical) -> Result<Extension, SignerError> {
    Ok(Extension { extn_id: oid, critical: critical == Critical::Yes, extn_value: OctetString::new(der)? })
}
