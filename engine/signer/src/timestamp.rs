//! Timestamps: RFC 3161, in CMS (RFC 5652) with `signing-certificate-v2` (RFC 5816, section 2.2.1).

use assay_base::{Digest, Entropy, Timestamp};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{GeneralizedTime, Int, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::{Any, Decode as _, Encode, Sequence};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;
use x509_tsp::{Accuracy, MessageImprint, TspVersion, TstInfo};

use crate::certificate::{ecdsa, serial, since_epoch};
use crate::{PrivateKey, SignerError};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// The policy of Sigstore's own time-stamping authority.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.2");
/// How far the clock may be off, in seconds.
const ACCURACY_SECONDS: u64 = 1;
/// `granted` of `PKIStatus`.
const GRANTED: u8 = 0;

/// A `TimeStampResp` over `imprint`, signed by the holder of `certificate` with `key`.
pub(crate) fn response(
    imprint: Digest,
    certificate: &[u8],
    key: &PrivateKey,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SignerError> {
    let info = tst_info(imprint, now, entropy)?.to_der()?;
    let signed = signed_data(&info, certificate, key, now)?;
    let token = ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&signed)? };
    Ok(Response { status: Status { status: GRANTED }, token }.to_der()?)
}

/// `TimeStampResp` that grants.
#[derive(Sequence)]
struct Response {
    status: Status,
    token: ContentInfo,
}

/// `PKIStatusInfo` without text and failure.
#[derive(Sequence)]
struct Status {
    status: u8,
}

/// `SigningCertificateV2` with one certificate.
#[derive(Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateId>,
}

/// `ESSCertIDv2` by SHA-256, its default.
#[derive(Sequence)]
struct CertificateId {
    hash: OctetString,
}

fn tst_info(imprint: Digest, now: Timestamp, entropy: &dyn Entropy) -> Result<TstInfo, SignerError> {
    Ok(TstInfo {
        version: TspVersion::V1,
        policy: POLICY,
        message_imprint: MessageImprint {
            hash_algorithm: sha256(),
            hashed_message: OctetString::new(&imprint.as_bytes()[..])?,
        },
        serial_number: Int::new(&serial(entropy))?,
        gen_time: GeneralizedTime::from_unix_duration(since_epoch(now))?,
        accuracy: Some(Accuracy { seconds: Some(ACCURACY_SECONDS), millis: None, micros: None }),
        ordering: false,
        nonce: None,
        tsa: None,
        extensions: None,
    })
}

fn signed_data(info: &[u8], der: &[u8], key: &PrivateKey, now: Timestamp) -> Result<SignedData, SignerError> {
    let certificate = Certificate::from_der(der)?;
    let attributes = attributes(info, der, now)?;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: certificate.tbs_certificate.issuer.clone(),
            serial_number: certificate.tbs_certificate.serial_number.clone(),
        }),
        digest_alg: sha256(),
        // What is signed is the set with its own tag (RFC 5652, section 5.4).
        signature: OctetString::new(key.sign(&attributes.to_der()?)?)?,
        signed_attrs: Some(attributes),
        signature_algorithm: ecdsa(),
        unsigned_attrs: None,
    };
    Ok(SignedData {
        version: CmsVersion::V3,
        digest_algorithms: set(vec![sha256()])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: TST_INFO,
            econtent: Some(Any::encode_from(&OctetString::new(info)?)?),
        },
        certificates: Some(CertificateSet(set(vec![CertificateChoices::Certificate(certificate)])?)),
        crls: None,
        signer_infos: SignerInfos(set(vec![signer])?),
    })
}

fn attributes(info: &[u8], certificate: &[u8], now: Timestamp) -> Result<SignedAttributes, SignerError> {
    let id = CertificateId { hash: OctetString::new(&Digest::of(certificate).as_bytes()[..])? };
    let time = Time::UtcTime(UtcTime::from_unix_duration(since_epoch(now))?);
    set(vec![
        attribute(CONTENT_TYPE, &TST_INFO)?,
        attribute(SIGNING_TIME, &time)?,
        attribute(MESSAGE_DIGEST, &OctetString::new(&Digest::of(info).as_bytes()[..])?)?,
        attribute(SIGNING_CERTIFICATE_V2, &SigningCertificate { certificates: vec![id] })?,
    ])
}

fn attribute<T: Encode + der::Tagged>(oid: ObjectIdentifier, value: &T) -> Result<Attribute, SignerError> {
    Ok(Attribute { oid, values: set(vec![Any::from_der(&value.to_der()?)?])? })
}

const fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA_256, parameters: None }
}

fn set<T: der::DerOrd>(items: Vec<T>) -> Result<SetOfVec<T>, SignerError> {
    Ok(SetOfVec::try_from(items)?)
}
