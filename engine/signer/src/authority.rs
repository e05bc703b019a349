use std::fmt;
use std::sync::Arc;

use assay_attest::{KeyAlgorithm, PublicKey};
use assay_base::{Digest, Entropy, OrgId, OrgName, Timestamp};
use assay_ports::{Authority, AuthorityError, AuthorityKind, AuthorityRecord, CertificateRequest};

use crate::certificate::{self, Issuer, Window};
use crate::{MasterKey, PrivateKey, SignerError, timestamp};

/// Common names of the certificates.
const CERTIFICATE_ROOT: &str = "Assay certificate authority";
const TIMESTAMP_ROOT: &str = "Assay timestamp root";
const TIMESTAMP_LEAF: &str = "Assay timestamp authority";

/// Authorities whose private keys are kept beside their certificates, sealed under a master key.
pub struct LocalAuthority {
    master: MasterKey,
    entropy: Arc<dyn Entropy>,
}

impl LocalAuthority {
    /// Authorities under `master`.
    pub fn new(master: MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { master, entropy }
    }

    fn certificate_authority(
        &self,
        org: OrgId,
        name: &OrgName,
        now: Timestamp,
    ) -> Result<AuthorityRecord, SignerError> {
        let (key, window) = (PrivateKey::generate()?, Window::of_authority(now));
        let root = certificate::root(name, CERTIFICATE_ROOT, &key, window, &*self.entropy)?;
        self.record(org, AuthorityKind::Certificate, vec![root], &key, window)
    }

    /// The key of the root signs one certificate and is forgotten.
    fn timestamp_authority(&self, org: OrgId, name: &OrgName, now: Timestamp) -> Result<AuthorityRecord, SignerError> {
        let (root_key, key, window) = (PrivateKey::generate()?, PrivateKey::generate()?, Window::of_authority(now));
        let entropy = &*self.entropy;
        let root = certificate::root(name, TIMESTAMP_ROOT, &root_key, window, entropy)?;
        let issuer = Issuer::of(&root, &root_key)?;
        let leaf = certificate::stamping(name, TIMESTAMP_LEAF, key.public_key(), &issuer, window, entropy)?;
        self.record(org, AuthorityKind::Timestamp, vec![leaf, root], &key, window)
    }

    fn record(
        &self,
        org: OrgId,
        kind: AuthorityKind,
        chain: Vec<Vec<u8>>,
        key: &PrivateKey,
        window: Window,
    ) -> Result<AuthorityRecord, SignerError> {
        let sealed_key = self.master.seal(key.to_pkcs8()?.expose(), org, row(kind), &*self.entropy)?;
        Ok(AuthorityRecord { org, kind, chain, sealed_key, valid_from: window.from(), valid_to: None })
    }

    /// The certificate that signs and its key, of a record that must be of `kind`.
    fn open<'r>(
        &self,
        record: &'r AuthorityRecord,
        kind: AuthorityKind,
    ) -> Result<(&'r [u8], PrivateKey), SignerError> {
        if record.kind != kind {
            return Err(SignerError::Kind(kind));
        }
        let certificate = record.chain.first().ok_or(SignerError::Chain)?;
        let key = self.master.open(&record.sealed_key, record.org, row(kind))?;
        Ok((certificate, PrivateKey::from_pkcs8(key.expose())?))
    }

    fn issue(
        &self,
        ca: &AuthorityRecord,
        request: &CertificateRequest,
        now: Timestamp,
    ) -> Result<Vec<u8>, SignerError> {
        let key = PublicKey::from_der(&request.public_key)?;
        if key.algorithm() != KeyAlgorithm::EcdsaP256 {
            return Err(SignerError::Uncertifiable(key.algorithm().as_str()));
        }
        key.verify(request.identity.as_bytes(), &request.proof).map_err(|_| SignerError::Possession)?;
        let (certificate, ca_key) = self.open(ca, AuthorityKind::Certificate)?;
        let issuer = Issuer::of(certificate, &ca_key)?;
        certificate::run(&request.identity, &request.issuer, &key, &issuer, now, &*self.entropy)
    }
}

/// The row that the key of an authority is sealed for.
const fn row(kind: AuthorityKind) -> &'static str {
    match kind {
        AuthorityKind::Certificate => "authority/certificate",
        AuthorityKind::Timestamp => "authority/timestamp",
    }
}

impl Authority for LocalAuthority {
    fn create(&self, org: OrgId, name: &OrgName, now: Timestamp) -> Result<Vec<AuthorityRecord>, AuthorityError> {
        Ok(vec![self.certificate_authority(org, name, now)?, self.timestamp_authority(org, name, now)?])
    }

    fn certify(
        &self,
        ca: &AuthorityRecord,
        request: &CertificateRequest,
        now: Timestamp,
    ) -> Result<Vec<u8>, AuthorityError> {
        Ok(self.issue(ca, request, now)?)
    }

    fn timestamp(&self, tsa: &AuthorityRecord, imprint: Digest, now: Timestamp) -> Result<Vec<u8>, AuthorityError> {
        let (certificate, key) = self.open(tsa, AuthorityKind::Timestamp)?;
        Ok(timestamp::response(imprint, certificate, &key, now, &*self.entropy)?)
    }
}

impl fmt::Debug for LocalAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAuthority").field("master", &self.master).finish_non_exhaustive()
    }
}
