//! Keyless signatures, from the making of an organization to the verification years later, and what is refused on the way.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world fails")]

mod common;

use std::time::{Duration, Instant};

use assay_attest::{Bundle, SignerInfo, VerificationMaterial, verify};
use assay_base::{Digest, Timestamp};
use assay_ports::{Authority as _, AuthorityError, AuthorityKind, CertificateRequest};
use assay_signer::{PrivateKey, SignedPayload};
use common::{SERVER, World, check, identity, long_ago, outcome, payload};

const MINUTE: Duration = Duration::from_mins(1);

/// The parts of a keyless bundle.
#[derive(Clone)]
struct Parts {
    payload: Vec<u8>,
    signature: Vec<u8>,
    certificate: Vec<u8>,
    timestamps: Vec<Vec<u8>>,
}

impl Parts {
    fn of(bundle: &Bundle) -> Self {
        let VerificationMaterial::Certificate(certificate) = bundle.material().clone() else {
            panic!("no certificate")
        };
        let envelope = bundle.envelope();
        let (payload, signature) = (envelope.payload.to_vec(), envelope.signature.clone());
        Self { payload, signature, certificate, timestamps: bundle.timestamps().to_vec() }
    }

    fn check(&self, world: &World) -> &'static str {
        let material = VerificationMaterial::Certificate(self.certificate.clone());
        let bundle = Bundle::assemble(&self.payload, &self.signature, &material, &self.timestamps);
        outcome(bundle.and_then(|bundle| verify(&bundle, &world.rules())))
    }
}

#[test]
fn a_bundle_of_long_ago_verifies_today() {
    let world = World::new(long_ago());
    let bundle = world.keyless(long_ago());
    let verified = verify(&bundle, &world.rules()).unwrap();
    let signed_at = Timestamp::from_micros(long_ago().seconds() * 1_000_000);
    assert_eq!(
        verified.signer(),
        &SignerInfo::Certificate { identity: identity(), issuer: SERVER.to_owned(), signed_at }
    );
    assert_eq!(&**verified.payload(), payload());
    assert_eq!(verified.digest(), Digest::of(verified.bundle()));
    assert_eq!(verified.get().predicate.metadata.workflow_name, "release-build");
}

#[test]
fn it_verifies_for_readers_whose_clock_is_behind() {
    let later = long_ago().after(Duration::from_hours(24 * 365 * 20));
    let world = World::new(later);
    assert_eq!(check(&world.keyless(later), &world.rules()), "ok");
}

#[test]
fn one_changed_bit_anywhere_is_refused() {
    let world = World::new(long_ago());
    let rules = world.rules();
    let good = Parts::of(&world.keyless(long_ago()));
    let lengths = [good.payload.len(), good.signature.len(), good.certificate.len()];
    assert!(lengths[2] > 300, "{lengths:?}");
    let (mut payload, mut signature, mut certificate) =
        (good.payload.clone(), good.signature.clone(), good.certificate.clone());
    let attempt = |payload: &[u8], signature: &[u8], certificate: &[u8]| {
        let material = VerificationMaterial::Certificate(certificate.to_vec());
        let bundle = Bundle::assemble(payload, signature, &material, &good.timestamps);
        outcome(bundle.and_then(|bundle| verify(&bundle, &rules)))
    };
    assert_eq!(attempt(&payload, &signature, &certificate), "ok");
    for bit in 0..8 {
        for at in 0..lengths[0] {
            payload[at] ^= 1 << bit;
            assert_ne!(attempt(&payload, &signature, &certificate), "ok", "bit {bit} of byte {at} of the payload");
            payload[at] ^= 1 << bit;
        }
        for at in 0..lengths[1] {
            signature[at] ^= 1 << bit;
            assert_ne!(attempt(&payload, &signature, &certificate), "ok", "bit {bit} of byte {at} of the signature");
            signature[at] ^= 1 << bit;
        }
        for at in 0..lengths[2] {
            certificate[at] ^= 1 << bit;
            assert_ne!(attempt(&payload, &signature, &certificate), "ok", "bit {bit} of byte {at} of the certificate");
            certificate[at] ^= 1 << bit;
        }
    }
}

#[test]
fn a_certificate_without_its_own_timestamp_is_refused() {
    let world = World::new(long_ago());
    let stranger = World::new(long_ago());
    let good = Parts::of(&world.keyless(long_ago()));
    let other = Parts::of(&world.keyless(long_ago())).timestamps;
    let imprint = Digest::of(&good.signature);
    let cut = good.timestamps[0][..100].to_vec();
    let cases = [
        (vec![], "timestamp-missing"),
        (other.clone(), "timestamp-invalid"),
        (vec![b"garbage".to_vec()], "timestamp-invalid"),
        (vec![vec![]], "timestamp-invalid"),
        (vec![cut], "timestamp-invalid"),
        (vec![stranger.timestamp(imprint, long_ago())], "timestamp-invalid"),
        (vec![world.timestamp(Digest::of(b"other"), long_ago())], "timestamp-invalid"),
        (vec![good.timestamps[0].clone(), other[0].clone()], "timestamp-invalid"),
        (vec![good.timestamps[0].clone(), good.timestamps[0].clone()], "ok"),
    ];
    for (i, (timestamps, expected)) in cases.into_iter().enumerate() {
        let parts = Parts { timestamps, ..good.clone() };
        assert_eq!(parts.check(&world), expected, "case {i}");
    }
}

#[test]
fn the_time_of_the_timestamp_must_lie_in_every_window() {
    let now = long_ago();
    let mut world = World::new(now.before(MINUTE * 60));
    let cases = [(9, "ok"), (10, "ok"), (11, "certificate-untrusted"), (-1, "ok"), (-3, "certificate-untrusted")];
    for (minutes, expected) in cases {
        let stamped = Timestamp::from_micros(now.micros() + minutes * 60_000_000);
        assert_eq!(check(&world.keyless_stamped(now, stamped), &world.rules()), expected, "{minutes} minutes later");
    }
    let bundle = world.keyless(now);
    world.ca.valid_to = Some(now.after(MINUTE));
    world.tsa.valid_to = Some(now.after(MINUTE));
    assert_eq!(check(&bundle, &world.rules()), "ok", "the authorities were retired later");
    world.ca.valid_to = Some(now.before(MINUTE));
    assert_eq!(check(&bundle, &world.rules()), "certificate-untrusted");
    world.ca.valid_to = None;
    world.tsa.valid_to = Some(now.before(MINUTE));
    assert_eq!(check(&bundle, &world.rules()), "timestamp-invalid");
    world.tsa.valid_to = None;
    world.tsa.valid_from = now.after(MINUTE);
    assert_eq!(check(&bundle, &world.rules()), "timestamp-invalid");
    world.tsa.valid_from = now;
    world.ca.valid_from = now;
    assert_eq!(check(&bundle, &world.rules()), "ok", "the second in which the authority began counts");
}

#[test]
fn another_organization_is_believed_nothing() {
    let (ours, theirs) = (World::new(long_ago()), World::new(long_ago()));
    let bundle = theirs.keyless(long_ago());
    assert_eq!(check(&bundle, &theirs.rules()), "ok");
    assert_eq!(check(&bundle, &ours.rules()), "timestamp-invalid");
    let mixed = World { tsa: theirs.tsa.clone(), ..ours };
    assert_eq!(check(&bundle, &mixed.rules()), "certificate-untrusted");
}

#[test]
fn certificates_of_authorities_sign_no_attestation() {
    let world = World::new(long_ago());
    let key = PrivateKey::generate().unwrap();
    for certificate in [&world.ca.chain[0], &world.tsa.chain[0], &world.tsa.chain[1]] {
        let signed = SignedPayload::sign(&key, payload()).unwrap();
        let timestamp = world.timestamp(signed.imprint(), long_ago());
        let bundle = signed.with_certificate(certificate.clone(), timestamp).unwrap();
        assert_eq!(check(&bundle, &world.rules()), "certificate-untrusted");
    }
}

#[test]
fn a_certificate_is_issued_to_the_holder_of_the_key_only() {
    let world = World::new(long_ago());
    let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let good = CertificateRequest {
        public_key: key.public_key().der().to_vec(),
        proof: key.prove_possession(&identity()).unwrap(),
        identity: identity(),
        issuer: SERVER.to_owned(),
    };
    let certify = |request: &CertificateRequest| world.authority.certify(&world.ca, request, long_ago());
    assert!(certify(&good).is_ok());
    let lies = [
        CertificateRequest { proof: other.prove_possession(&identity()).unwrap(), ..good.clone() },
        CertificateRequest { identity: identity() + "0", ..good.clone() },
        CertificateRequest { public_key: other.public_key().der().to_vec(), ..good.clone() },
        CertificateRequest { proof: Vec::new(), ..good.clone() },
    ];
    for lie in &lies {
        assert!(matches!(certify(lie), Err(AuthorityError::Possession)));
    }
    let garbage = CertificateRequest { public_key: b"garbage".to_vec(), ..good };
    assert!(matches!(certify(&garbage), Err(AuthorityError::Other(_))));
}

#[test]
fn records_that_were_changed_or_swapped_sign_nothing() {
    let world = World::new(long_ago());
    let imprint = Digest::of(b"signature");
    let mut changed = world.tsa.clone();
    changed.sealed_key[40] ^= 1;
    let mut swapped = world.tsa.clone();
    swapped.sealed_key.clone_from(&world.ca.sealed_key);
    let mut moved = world.tsa.clone();
    moved.org = "0190a5d0-0000-7000-8000-000000000002".parse().unwrap();
    for record in [&changed, &swapped, &moved] {
        let refused = world.authority.timestamp(record, imprint, long_ago());
        assert!(matches!(refused, Err(AuthorityError::Sealed)), "{refused:?}");
    }
    assert!(matches!(world.authority.timestamp(&world.ca, imprint, long_ago()), Err(AuthorityError::Other(_))));
    let other = World::new(long_ago());
    assert!(matches!(other.authority.timestamp(&world.tsa, imprint, long_ago()), Err(AuthorityError::Sealed)));
    assert_eq!(world.tsa.kind, AuthorityKind::Timestamp);
}

#[test]
fn verification_takes_well_under_a_millisecond() {
    let world = World::new(long_ago());
    let (rules, bundle) = (world.rules(), world.keyless(long_ago()));
    let bytes = bundle.bytes();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(check(&Bundle::parse(bytes.clone()).unwrap(), &rules), "ok");
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("verification of {} bytes: p50 {:?}, p99 {:?}", bytes.len(), times[100], times[198]);
    assert!(times[100] < Duration::from_millis(5), "{:?}", times[100]);
}
