use std::fmt;

use assay_base::{Timestamp, TokenName, json};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use serde::{Deserialize, Serialize};
use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::TsaAuthority;
use sigstore_verify::{Verifier, types::DerCertificate};
use x509_cert::Certificate;
use x509_cert::name::Name;

use crate::{AttestError, PublicKey, encoding};

/// The media type of a trust root.
pub const TRUST_ROOT_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
/// The next spelling, which is read too.
const TRUST_ROOT_MEDIA_TYPE_2: &str = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
/// `id-at-organizationName` and `id-at-commonName` (RFC 5280, appendix A.1).
const ORGANIZATION_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// One authority of a trust root, with the time in which its signatures count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    uri: String,
    chain: Vec<Vec<u8>>,
    valid_from: Timestamp,
    valid_to: Option<Timestamp>,
    organization: String,
    common_name: String,
}

impl Authority {
    /// An authority from its certificates in DER, the signing one first, its root last. It is trusted for what it signed
    /// from `valid_from` to `valid_to`, both included; the times in signatures are whole seconds, so the start is rounded
    /// down to one.
    ///
    /// # Errors
    /// [`AttestError`] when there is no certificate, or one that cannot be parsed.
    pub fn new(
        uri: impl Into<String>,
        chain: Vec<Vec<u8>>,
        valid_from: Timestamp,
        valid_to: Option<Timestamp>,
    ) -> Result<Self, AttestError> {
        let parsed = chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>();
        let parsed = parsed.map_err(AttestError::TrustRootCertificate)?;
        let subject = &parsed.first().ok_or(AttestError::TrustRootEmpty)?.tbs_certificate.subject;
        let (organization, common_name) = (attribute(subject, ORGANIZATION_NAME), attribute(subject, COMMON_NAME));
        let valid_from = Timestamp::from_micros(valid_from.seconds().saturating_mul(1_000_000));
        Ok(Self { uri: uri.into(), chain, valid_from, valid_to, organization, common_name })
    }

    /// The certificates in DER, the signing one first.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }
}

/// The text of one attribute of a name, empty when it has none.
fn attribute(name: &Name, oid: ObjectIdentifier) -> String {
    let mut pairs = name.0.iter().flat_map(|rdn| rdn.0.iter());
    let value = pairs.find(|pair| pair.oid == oid).map(|pair| pair.value.value());
    value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

/// Whom to believe about certificates and about time: a Sigstore `TrustedRoot` (`sigstore_trustroot.proto`). Retired
/// authorities stay in it, with an end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustRoot {
    /// Who certifies the keys of runs.
    pub certificate_authorities: Vec<Authority>,
    /// Who stamps signatures with the time.
    pub timestamp_authorities: Vec<Authority>,
}

impl TrustRoot {
    /// Reads a `TrustedRoot` as JSON. Transparency logs in it are passed over: no rule here rests on them.
    ///
    /// # Errors
    /// [`AttestError`] when it is not one.
    pub fn from_json(bytes: &[u8]) -> Result<Self, AttestError> {
        let value = json::parse(bytes).map_err(AttestError::TrustRootJson)?;
        let wire: WireRoot = serde_json::from_value(value).map_err(AttestError::TrustRootShape)?;
        if ![TRUST_ROOT_MEDIA_TYPE, TRUST_ROOT_MEDIA_TYPE_2].contains(&wire.media_type.as_str()) {
            return Err(AttestError::TrustRootMediaType(wire.media_type));
        }
        let read = |list: Vec<WireAuthority>| list.into_iter().map(WireAuthority::read).collect::<Result<_, _>>();
        Ok(Self {
            certificate_authorities: read(wire.certificate_authorities)?,
            timestamp_authorities: read(wire.timestamp_authorities)?,
        })
    }

    /// The `TrustedRoot` as JSON.
    ///
    /// # Errors
    /// [`AttestError::Encode`], which no root causes.
    pub fn to_json(&self) -> Result<serde_json::Value, AttestError> {
        let write = |list: &[Authority]| list.iter().map(WireAuthority::write).collect();
        let wire = WireRoot {
            media_type: TRUST_ROOT_MEDIA_TYPE.to_owned(),
            tlogs: Vec::new(),
            certificate_authorities: write(&self.certificate_authorities),
            ctlogs: Vec::new(),
            timestamp_authorities: write(&self.timestamp_authorities),
        };
        serde_json::to_value(wire).map_err(AttestError::Encode)
    }
}

/// A key that is trusted by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The name that the organization gave it.
    pub name: Option<TokenName>,
    /// The key.
    pub key: PublicKey,
}

/// What an attestation must satisfy to be believed: a trust root, keys, or both. Making it costs about as much as
/// verifying an attestation, so it is made once and used for many.
pub struct TrustRules {
    root: TrustRoot,
    keys: Vec<TrustedKey>,
    pub(crate) verifier: Verifier,
    pub(crate) stamping: Vec<TsaAuthority>,
}

impl TrustRules {
    /// Rules from a root and keys.
    ///
    /// # Errors
    /// [`AttestError::TrustRootInvalid`] when a certificate of the root cannot be an anchor, or a window ends before it
    /// begins.
    pub fn new(root: TrustRoot, keys: Vec<TrustedKey>) -> Result<Self, AttestError> {
        let mut library: TrustedRoot = serde_json::from_value(root.to_json()?).map_err(AttestError::TrustRootShape)?;
        let stamping = stamping_authorities(&library);
        // The verifier leaves out authorities that begin after the reader's clock, and nothing here may depend on that
        // clock: it gets the authorities without their windows, and the windows are enforced with `stamping`.
        for authority in &mut library.timestamp_authorities {
            authority.valid_for = None;
        }
        let verifier = Verifier::new(&library).map_err(|e| AttestError::TrustRootInvalid(Box::new(e)))?;
        Ok(Self { root, keys, verifier, stamping })
    }

    /// Rules under which one key is trusted and nothing else.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_key(key: PublicKey) -> Result<Self, AttestError> {
        Self::new(TrustRoot::default(), vec![TrustedKey { name: None, key }])
    }

    /// The trust root.
    pub const fn root(&self) -> &TrustRoot {
        &self.root
    }

    /// The trusted keys.
    pub fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }
}

impl fmt::Debug for TrustRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustRules").field("root", &self.root).field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The timestamp authorities with their windows, each as one unit.
fn stamping_authorities(root: &TrustedRoot) -> Vec<TsaAuthority> {
    let unit = |authority: &sigstore_verify::trust_root::TimestampAuthority| {
        let chain: Vec<DerCertificate> =
            authority.cert_chain.certificates.iter().map(|entry| entry.raw_bytes.clone()).collect();
        let (leaf, root) = (chain.first()?.clone(), chain.last()?.clone());
        let intermediates = chain.get(1..chain.len() - 1).unwrap_or_default().to_vec();
        Some(TsaAuthority::new(leaf, intermediates, root, authority.valid_for))
    };
    root.timestamp_authorities.iter().filter_map(unit).collect()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRoot {
    media_type: String,
    #[serde(default)]
    tlogs: Vec<serde_json::Value>,
    #[serde(default)]
    certificate_authorities: Vec<WireAuthority>,
    #[serde(default)]
    ctlogs: Vec<serde_json::Value>,
    #[serde(default)]
    timestamp_authorities: Vec<WireAuthority>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAuthority {
    #[serde(default)]
    subject: WireSubject,
    #[serde(default)]
    uri: String,
    cert_chain: WireChain,
    #[serde(default)]
    valid_for: WireRange,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSubject {
    #[serde(default)]
    organization: String,
    #[serde(default)]
    common_name: String,
}

#[derive(Serialize, Deserialize)]
struct WireChain {
    certificates: Vec<WireCertificate>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCertificate {
    raw_bytes: String,
}

#[derive(Serialize, Deserialize)]
struct WireRange {
    start: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Timestamp>,
}

impl Default for WireRange {
    /// A window that is not given does not restrict.
    fn default() -> Self {
        Self { start: Timestamp::from_micros(0), end: None }
    }
}

impl WireAuthority {
    fn read(self) -> Result<Authority, AttestError> {
        let certificates = self.cert_chain.certificates.iter();
        let chain = certificates.map(|c| encoding::decode("rawBytes", &c.raw_bytes)).collect::<Result<_, _>>()?;
        Authority::new(self.uri, chain, self.valid_for.start, self.valid_for.end)
    }

    fn write(authority: &Authority) -> Self {
        let certificate = |der: &Vec<u8>| WireCertificate { raw_bytes: encoding::encode(der) };
        Self {
            subject: WireSubject {
                organization: authority.organization.clone(),
                common_name: authority.common_name.clone(),
            },
            uri: authority.uri.clone(),
            cert_chain: WireChain { certificates: authority.chain.iter().map(certificate).collect() },
            valid_for: WireRange { start: authority.valid_from, end: authority.valid_to },
        }
    }
}
