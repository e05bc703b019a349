//! The local disk passes the suite of blob stores, and the rules of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use assay_base::{Digest, Hasher, OrgId, Timestamp};
use assay_cas::LocalStore;
use assay_ports::conformance::blob::{self, body, sample};
use assay_ports::{BlobStore, OldBlob, Stored};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

const ORG: &str = "0190a5d0-0000-7000-8000-00000000000a";

fn org() -> OrgId {
    ORG.parse().unwrap()
}

fn file(root: &Path, org: OrgId, digest: Digest) -> PathBuf {
    let hex = digest.hex();
    root.join(org.to_string()).join(&hex[..2]).join(&hex[2..])
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_disk_is_a_blob_store() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("blobs");
    let store = LocalStore::open(&root).unwrap();
    let damage = |org, digest| {
        let path = file(&root, org, digest);
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    blob::all(&store, &damage).await;
}

#[tokio::test]
async fn a_blob_is_a_file_of_its_bytes_for_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/blobs");
    let store = LocalStore::open(&root).unwrap();
    let (bytes, wrong) = (sample(100_000), Digest::of(b"x"));
    store.put(org(), Digest::of(&bytes), body(&bytes)).await.unwrap();
    store.put(org(), wrong, body(&bytes)).await.unwrap_err();
    let path = file(&root, org(), Digest::of(&bytes));
    assert_eq!(files(&root), std::slice::from_ref(&path), "what was refused left a file");
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    for above in path.ancestors().skip(1).take_while(|above| above.starts_with(&root)) {
        assert_eq!(mode(above), 0o700, "{}", above.display());
    }
}

#[tokio::test]
async fn a_truncated_or_prolonged_file_is_noticed_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let bytes = sample(600_000);
    let digest = Digest::of(&bytes);
    store.put(org(), digest, body(&bytes)).await.unwrap();
    for changed in [&bytes[..599_999], &[&bytes[..], b"x"].concat(), b""] {
        fs::write(file(folder.path(), org(), digest), changed).unwrap();
        let reader = store.get(org(), digest).await.unwrap().unwrap();
        let pieces: Vec<_> = reader.body.collect().await;
        let sent: usize = pieces.iter().flatten().map(Bytes::len).sum();
        let error = pieces.into_iter().find_map(Result::err).unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(sent < changed.len() || changed.is_empty());
        assert_eq!(store.put(org(), digest, body(&bytes)).await.unwrap(), Stored::Known(600_000));
        assert_eq!(fs::read(file(folder.path(), org(), digest)).unwrap(), bytes);
        assert_eq!(files(folder.path()).len(), 1, "a repair left more than the blob");
    }
}

#[tokio::test]
async fn unfinished_files_go_when_the_store_is_opened_and_blobs_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    store.put(org(), Digest::of(b"blob"), body(b"blob")).await.unwrap();
    let unfinished = folder.path().join(ORG).join("tmp");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("0"), b"half").unwrap();
    fs::write(folder.path().join("stray"), b"not ours").unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    assert!(!unfinished.exists());
    assert_eq!(store.put(org(), Digest::of(b"blob"), body(b"blob")).await.unwrap(), Stored::Known(4));
    assert_eq!(store.older_than(Timestamp::from_micros(i64::MAX / 2)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_goes_away_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let bytes = sample(700_000);
    let stalled = body(&bytes).chain(stream::pending());
    let put = store.put(org(), Digest::of(&bytes), Box::pin(stalled));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), put).await.is_err());
    for _ in 0..100 {
        if files(folder.path()).is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:?}", files(folder.path()));
}

/// A put that is acknowledged wins against every removal that runs beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_never_takes_a_blob_that_was_just_put() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalStore::open(folder.path()).unwrap());
    let bytes = sample(1000);
    let blob = OldBlob { org: org(), digest: Digest::of(&bytes) };
    for _ in 0..200 {
        let path = file(folder.path(), blob.org, blob.digest);
        if let Ok(file) = fs::File::open(path) {
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let remover = Arc::clone(&store);
        let removal = tokio::spawn(async move { remover.remove(blob, Timestamp::from_micros(1)).await });
        store.put(blob.org, blob.digest, body(&bytes)).await.unwrap();
        removal.await.unwrap().unwrap();
        assert_eq!(store.keep(blob.org, blob.digest).await.unwrap(), Some(1000));
    }
}

/// Prints how fast a blob of 1 GiB is taken in and read. Not a check: run it with `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn a_gigabyte() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let piece = Bytes::from(sample(64 * 1024));
    let mut hasher = Hasher::new();
    (0..16 * 1024).for_each(|_| hasher.update(&piece));
    let (digest, size) = hasher.finish();
    for what in ["new", "known"] {
        let start = Instant::now();
        let piece = piece.clone();
        let body = stream::iter((0..16 * 1024).map(move |_| Ok(piece.clone())));
        store.put(org(), digest, Box::pin(body)).await.unwrap();
        println!("put, {what}: {} MB/s", u128::from(size) / 1000 / start.elapsed().as_millis());
    }
    let start = Instant::now();
    let mut reader = store.get(org(), digest).await.unwrap().unwrap();
    while let Some(piece) = reader.body.next().await {
        piece.unwrap();
    }
    println!("get: {} MB/s", u128::from(size) / 1000 / start.elapsed().as_millis());
}
