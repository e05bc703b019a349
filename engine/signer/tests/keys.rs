//! Signatures with keys of one's own: key files, hints, and what a stranger can try.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world fails")]

mod common;

use assay_attest::{Bundle, KeyAlgorithm, PublicKey, SignerInfo, TrustRules, TrustedKey, VerificationMaterial, verify};
use assay_base::Secret;
use assay_signer::{EncryptedKey, KeyFile, PrivateKey, SignedPayload, SignerError};
use common::{Random, World, check, long_ago, payload};

fn trusting(world: &World, key: &PrivateKey) -> TrustRules {
    let trusted = TrustedKey { name: Some("release".parse().unwrap()), key: key.public_key().clone() };
    TrustRules::new(world.root(), vec![trusted]).unwrap()
}

fn signed(key: &PrivateKey) -> SignedPayload {
    SignedPayload::sign(key, payload()).unwrap()
}

#[test]
fn a_trusted_key_is_believed_with_and_without_a_timestamp() {
    let (world, key) = (World::new(long_ago()), PrivateKey::generate().unwrap());
    let rules = trusting(&world, &key);
    let plain = signed(&key).with_key(None).unwrap();
    let SignerInfo::Key { key_id, name, signed_at } = verify(&plain, &rules).unwrap().signer().clone() else {
        panic!("not signed with a key")
    };
    assert_eq!((key_id, name, signed_at), (key.public_key().id(), Some("release".parse().unwrap()), None));

    let stamp = world.timestamp(signed(&key).imprint(), long_ago());
    let wrong = signed(&key).with_key(Some(stamp)).unwrap();
    assert_eq!(check(&wrong, &rules), "timestamp-invalid", "the timestamp is over another signature");

    let once = signed(&key);
    let stamp = world.timestamp(once.imprint(), long_ago());
    let stamped = once.with_key(Some(stamp)).unwrap();
    let verified = verify(&stamped, &rules).unwrap();
    assert!(
        matches!(verified.signer(), SignerInfo::Key { signed_at: Some(at), .. } if at.seconds() == long_ago().seconds())
    );
    let alone = verify(&stamped, &TrustRules::of_key(key.public_key().clone()).unwrap()).unwrap();
    assert!(matches!(alone.signer(), SignerInfo::Key { signed_at: None, .. }));
}

#[test]
fn a_stranger_is_not_believed() {
    let (world, key, stranger) =
        (World::new(long_ago()), PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let rules = trusting(&world, &key);
    assert_eq!(check(&signed(&stranger).with_key(None).unwrap(), &rules), "key-untrusted");
    assert_eq!(check(&signed(&key).with_key(None).unwrap(), &world.rules()), "key-untrusted");
    let signature = stranger.sign(&assay_attest::dsse::pae("application/vnd.in-toto+json", &payload())).unwrap();
    let borrowed = VerificationMaterial::PublicKey { hint: key.public_key().id().to_string() };
    let bundle = Bundle::assemble(&payload(), &signature, &borrowed, &[]).unwrap();
    assert_eq!(check(&bundle, &rules), "signature-invalid");
    let keyless = world.keyless(long_ago());
    assert_eq!(check(&keyless, &TrustRules::of_key(key.public_key().clone()).unwrap()), "timestamp-invalid");
}

#[test]
fn a_signature_is_over_the_type_of_the_payload() {
    let (world, key) = (World::new(long_ago()), PrivateKey::generate().unwrap());
    let hint = VerificationMaterial::PublicKey { hint: key.public_key().id().to_string() };
    for other in ["", "application/json", "text/plain", "application/vnd.in-toto+json ", "application/vnd.in-toto"] {
        let signature = key.sign(&assay_attest::dsse::pae(other, &payload())).unwrap();
        let bundle = Bundle::assemble(&payload(), &signature, &hint, &[]).unwrap();
        assert_eq!(check(&bundle, &trusting(&world, &key)), "signature-invalid", "{other}");
    }
    let bare = Bundle::assemble(&payload(), &key.sign(&payload()).unwrap(), &hint, &[]).unwrap();
    assert_eq!(check(&bare, &trusting(&world, &key)), "signature-invalid");
}

#[test]
fn the_hint_may_be_written_as_cosign_does() {
    use base64::Engine as _;
    let (world, key) = (World::new(long_ago()), PrivateKey::generate().unwrap());
    let digest = assay_base::Digest::of(key.public_key().der());
    let hint = base64::engine::general_purpose::STANDARD.encode(digest.as_bytes());
    let signature = key.sign(&assay_attest::dsse::pae("application/vnd.in-toto+json", &payload())).unwrap();
    let bundle = Bundle::assemble(&payload(), &signature, &VerificationMaterial::PublicKey { hint }, &[]).unwrap();
    assert_eq!(check(&bundle, &trusting(&world, &key)), "ok");
}

#[test]
fn keys_are_read_in_every_form_that_is_in_use() {
    let password = Secret::new("correct horse".to_owned());
    // Made by openssl and by the Go library under cosign, see `data/README.md`.
    let files = [
        (include_str!("data/p256.key"), include_str!("data/p256.pub"), KeyAlgorithm::EcdsaP256),
        (include_str!("data/ed25519.key"), include_str!("data/ed25519.pub"), KeyAlgorithm::Ed25519),
        (include_str!("data/cosign.key"), include_str!("data/cosign.pub"), KeyAlgorithm::EcdsaP256),
        (include_str!("data/cosign-older.key"), include_str!("data/cosign-older.pub"), KeyAlgorithm::Ed25519),
    ];
    for (private, public, algorithm) in files {
        let key = match KeyFile::parse(private).unwrap() {
            KeyFile::Plain(key) => key,
            KeyFile::Encrypted(sealed) => sealed.open(&password).unwrap(),
        };
        let public = PublicKey::parse(public.as_bytes()).unwrap();
        assert_eq!((key.public_key(), key.algorithm()), (&public, algorithm));
        let bundle = signed(&key).with_key(None).unwrap();
        assert_eq!(check(&bundle, &TrustRules::of_key(public.clone()).unwrap()), "ok");
        assert_eq!(PublicKey::from_pem(&public.to_pem().unwrap()).unwrap(), public);
    }
}

#[test]
fn a_sealed_key_opens_with_its_password_only() {
    let (key, password) = (PrivateKey::generate().unwrap(), Secret::new("correct horse".to_owned()));
    let text = EncryptedKey::seal(&key, &password, &Random).unwrap().to_pem().unwrap();
    assert!(text.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
    let KeyFile::Encrypted(read) = KeyFile::parse(&text).unwrap() else { panic!("not encrypted") };
    assert_eq!(read.open(&password).unwrap().public_key(), key.public_key());
    for wrong in ["", "correct hors", "correct horse "] {
        let refused = read.open(&Secret::new(wrong.to_owned()));
        assert!(matches!(refused, Err(SignerError::Password)), "{wrong}");
    }
}

#[test]
fn files_that_are_not_keys_or_cost_too_much_are_refused() {
    let (key, password) = (PrivateKey::generate().unwrap(), Secret::new("x".to_owned()));
    let good = serde_json::to_value(EncryptedKey::seal(&key, &password, &Random).unwrap()).unwrap();
    let cases = [
        ("/kdf/name", serde_json::json!("pbkdf2"), "key-file-algorithm"),
        ("/cipher/name", serde_json::json!("aes"), "key-file-algorithm"),
        ("/kdf/params/N", serde_json::json!(1_u64 << 40), "key-file-cost"),
        ("/kdf/params/N", serde_json::json!(65_535), "key-file-cost"),
        ("/kdf/params/N", serde_json::json!(0), "key-file-cost"),
        ("/kdf/params/r", serde_json::json!(1_000_000), "key-file-cost"),
        ("/kdf/params/p", serde_json::json!(1000), "key-file-cost"),
        ("/kdf/params/p", serde_json::json!(0), "key-file-cost"),
        ("/cipher/nonce", serde_json::json!("AAAA"), "key-file"),
        ("/ciphertext", serde_json::json!(""), "key-password"),
    ];
    for (pointer, value, code) in cases {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let sealed: EncryptedKey = serde_json::from_value(changed).unwrap();
        assert_eq!(sealed.open(&password).unwrap_err().code(), code, "{pointer} {value}");
    }
    let texts = [
        ("", "key-file"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "private-key"),
        (
            "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
            "key-file",
        ),
        (include_str!("data/p256.pub"), "key-file"),
        (include_str!("data/p384.key"), "private-key"),
    ];
    for (text, code) in texts {
        assert_eq!(KeyFile::parse(text).unwrap_err().code(), code, "{text}");
    }
}
