//! Others read what is written here: cosign and openssl, where they are installed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set up its world fails, and shows what others say"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use assay_attest::{Bundle, VerificationMaterial};
use assay_base::{Secret, Timestamp};
use assay_signer::{EncryptedKey, PrivateKey, SignedPayload};
use common::{Random, SERVER, World, check, identity, long_ago, payload};

/// Runs a program in `directory` and tells whether it was content; nothing when it is not installed.
fn content(directory: &Path, program: &str, arguments: &[&str]) -> Option<bool> {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(directory).env("COSIGN_PASSWORD", "correct horse").output();
    let Ok(output) = output else {
        println!("skipped: {program} is not installed");
        return None;
    };
    println!("{program}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some(output.status.success())
}

/// The bundle with one bit of its payload changed, as a forger would send it.
fn forged(bundle: &Bundle) -> Vec<u8> {
    let changed =
        String::from_utf8(bundle.envelope().payload.to_vec()).unwrap().replace("release-build", "release-built");
    let (signature, material) = (&bundle.envelope().signature, bundle.material());
    Bundle::assemble(changed.as_bytes(), signature, material, bundle.timestamps()).unwrap().bytes().to_vec()
}

const PREDICATE: [&str; 2] = ["--type", "chainloop.dev/attestation/v0.2"];
const NO_LOG: [&str; 3] = ["--insecure-ignore-tlog", "--insecure-ignore-sct", "--trusted-root=root.json"];

#[test]
fn cosign_takes_a_keyless_bundle_and_refuses_a_forged_one() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(long_ago());
    let bundle = world.keyless(long_ago());
    assert_eq!(check(&bundle, &world.rules()), "ok");
    fs::write(directory.path().join("root.json"), world.root().to_json().unwrap().to_string()).unwrap();
    fs::write(directory.path().join("blob"), "hello\n").unwrap();
    fs::write(directory.path().join("good.json"), bundle.bytes()).unwrap();
    fs::write(directory.path().join("bad.json"), forged(&bundle)).unwrap();
    let who =
        ["--certificate-identity".to_owned(), identity(), "--certificate-oidc-issuer".to_owned(), SERVER.to_owned()];
    for (file, expected) in [("good.json", true), ("bad.json", false)] {
        let mut arguments = vec!["verify-blob-attestation", "--use-signed-timestamps", "--bundle", file, "blob"];
        arguments.extend(who.iter().map(String::as_str));
        arguments.extend(PREDICATE.iter().chain(&NO_LOG));
        let Some(outcome) = content(directory.path(), "cosign", &arguments) else { return };
        assert_eq!(outcome, expected, "{file}");
    }
}

#[test]
fn cosign_takes_keys_and_their_signatures() {
    let directory = tempfile::tempdir().unwrap();
    let key = PrivateKey::generate().unwrap();
    let sealed = EncryptedKey::seal(&key, &Secret::new("correct horse".to_owned()), &Random).unwrap();
    fs::write(directory.path().join("release.key"), sealed.to_pem().unwrap()).unwrap();
    fs::write(directory.path().join("release.pub"), key.public_key().to_pem().unwrap()).unwrap();
    fs::write(directory.path().join("blob"), "hello\n").unwrap();
    let bundle = SignedPayload::sign(&key, payload()).unwrap().with_key(None).unwrap();
    assert!(matches!(bundle.material(), VerificationMaterial::PublicKey { .. }));
    fs::write(directory.path().join("good.json"), bundle.bytes()).unwrap();
    fs::write(directory.path().join("bad.json"), forged(&bundle)).unwrap();
    let arguments = ["public-key", "--key", "release.key", "--outfile", "again.pub"];
    let Some(outcome) = content(directory.path(), "cosign", &arguments) else { return };
    assert!(outcome, "cosign does not open the key");
    let again = fs::read_to_string(directory.path().join("again.pub")).unwrap();
    assert_eq!(again, key.public_key().to_pem().unwrap());
    for (file, expected) in [("good.json", true), ("bad.json", false)] {
        let mut arguments = vec!["verify-blob-attestation", "--key", "release.pub", "--bundle", file, "blob"];
        arguments.extend(PREDICATE.iter().chain(&NO_LOG[..1]));
        assert_eq!(content(directory.path(), "cosign", &arguments), Some(expected), "{file}");
    }
}

#[test]
fn openssl_takes_a_timestamp_and_a_certificate() {
    let directory = tempfile::tempdir().unwrap();
    // openssl checks authorities at its own clock, so they begin today.
    let now = Timestamp::from_micros(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap());
    let world = World::new(now);
    let key = PrivateKey::generate().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    write("stamp.tsr", &world.timestamp(assay_base::Digest::of(b"stamped"), now));
    write("data", b"stamped");
    write("other", b"another");
    for (name, der) in [
        ("leaf", world.certificate(&key, now)),
        ("ca", world.ca.chain[0].clone()),
        ("root", world.tsa.chain[1].clone()),
    ] {
        write(&format!("{name}.der"), &der);
        let (from, to) = (format!("{name}.der"), format!("{name}.pem"));
        let convert = ["x509", "-inform", "DER", "-in", &from, "-out", &to];
        let Some(outcome) = content(directory.path(), "openssl", &convert) else { return };
        assert!(outcome);
    }
    let stamp = |data| ["ts", "-verify", "-in", "stamp.tsr", "-data", data, "-CAfile", "root.pem"];
    assert_eq!(content(directory.path(), "openssl", &stamp("data")), Some(true));
    assert_eq!(content(directory.path(), "openssl", &stamp("other")), Some(false));
    let strict = ["verify", "-x509_strict", "-CAfile", "ca.pem", "leaf.pem"];
    assert_eq!(content(directory.path(), "openssl", &strict), Some(true));
}
