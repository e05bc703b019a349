//! An organization with its authorities, and bundles of its runs.

use std::sync::Arc;

use assay_attest::{
    AttestError, Authority as TrustedAuthority, Bundle, Draft, Metadata, Predicate, RunIdentity, Statement, Subject,
    TrustRoot, TrustRules, Verified, verify,
};
use assay_base::{Digest, Entropy, OrgId, Timestamp};
use assay_ports::{Authority, AuthorityKind, AuthorityRecord, CertificateRequest};
use assay_signer::{LocalAuthority, MasterKey, PrivateKey, SignedPayload};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

pub(crate) const SERVER: &str = "https://assay.example";
pub(crate) const RUN: &str = "0190a5d0-0000-7000-8000-00000000000a";

pub(crate) struct Random;

impl Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) {
        SystemRandom::new().fill(buffer).unwrap();
    }
}

/// An instant that is long over, with a fraction of a second.
pub(crate) fn long_ago() -> Timestamp {
    "2024-02-03T04:05:06.700000Z".parse().unwrap()
}

pub(crate) struct World {
    pub(crate) authority: LocalAuthority,
    pub(crate) ca: AuthorityRecord,
    pub(crate) tsa: AuthorityRecord,
}

impl World {
    pub(crate) fn new(now: Timestamp) -> Self {
        let authority = LocalAuthority::new(MasterKey::generate(&Random), Arc::new(Random));
        let org: OrgId = "0190a5d0-0000-7000-8000-000000000001".parse().unwrap();
        let records = authority.create(org, &"default".parse().unwrap(), now).unwrap();
        let of = |kind| records.iter().find(|record| record.kind == kind).unwrap().clone();
        let (ca, tsa) = (of(AuthorityKind::Certificate), of(AuthorityKind::Timestamp));
        Self { authority, ca, tsa }
    }

    pub(crate) fn root(&self) -> TrustRoot {
        let trusted = |record: &AuthorityRecord| {
            vec![TrustedAuthority::new(SERVER, record.chain.clone(), record.valid_from, record.valid_to).unwrap()]
        };
        TrustRoot { certificate_authorities: trusted(&self.ca), timestamp_authorities: trusted(&self.tsa) }
    }

    /// Rules as a verifier has them, who got the root as a file.
    pub(crate) fn rules(&self) -> TrustRules {
        let file = serde_json::to_vec(&self.root().to_json().unwrap()).unwrap();
        TrustRules::new(TrustRoot::from_json(&file).unwrap(), Vec::new()).unwrap()
    }

    pub(crate) fn certificate(&self, key: &PrivateKey, now: Timestamp) -> Vec<u8> {
        let identity = identity();
        let request = CertificateRequest {
            public_key: key.public_key().der().to_vec(),
            proof: key.prove_possession(&identity).unwrap(),
            identity,
            issuer: SERVER.to_owned(),
        };
        self.authority.certify(&self.ca, &request, now).unwrap()
    }

    pub(crate) fn timestamp(&self, imprint: Digest, now: Timestamp) -> Vec<u8> {
        self.authority.timestamp(&self.tsa, imprint, now).unwrap()
    }

    pub(crate) fn keyless(&self, now: Timestamp) -> Bundle {
        self.keyless_stamped(now, now)
    }

    pub(crate) fn keyless_stamped(&self, certified: Timestamp, stamped: Timestamp) -> Bundle {
        let key = PrivateKey::generate().unwrap();
        let certificate = self.certificate(&key, certified);
        let signed = SignedPayload::sign(&key, payload()).unwrap();
        let timestamp = self.timestamp(signed.imprint(), stamped);
        signed.with_certificate(certificate, timestamp).unwrap()
    }
}

pub(crate) fn identity() -> String {
    let identity = RunIdentity {
        server: SERVER.to_owned(),
        org: "default".parse().unwrap(),
        project: "payments-api".parse().unwrap(),
        workflow: "release-build".parse().unwrap(),
        run: RUN.parse().unwrap(),
    };
    identity.to_string()
}

pub(crate) fn payload() -> Vec<u8> {
    let metadata = Metadata {
        workflow_name: "release-build".to_owned(),
        workflow_run_id: RUN.to_owned(),
        contract_version: "1".to_owned(),
        ..Metadata::default()
    };
    let subject = vec![Subject::new("chainloop.workflow.release-build", Digest::of(b"hello\n"))];
    Draft::new(subject, Predicate { metadata, ..Predicate::default() }).to_payload().unwrap()
}

/// The code of the refusal, or `ok`.
pub(crate) fn outcome(verified: Result<Verified<Statement>, AttestError>) -> &'static str {
    verified.map_or_else(|error| error.code(), |_| "ok")
}

pub(crate) fn check(bundle: &Bundle, rules: &TrustRules) -> &'static str {
    outcome(verify(bundle, rules))
}
