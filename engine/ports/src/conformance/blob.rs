//! The conformance suite of [`BlobStore`].

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assay_base::{Digest, OrgId, Timestamp};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::conformance::repositories::fixture::fresh_org_id;
use crate::{BlobError, BlobStore, ByteStream, OldBlob, Stored, collect};

/// Changes a byte of a stored blob behind the back of the store.
pub type Damage<'a> = &'a (dyn Fn(OrgId, Digest) + Sync);

/// Runs the whole suite on an empty store.
pub async fn all(store: &dyn BlobStore, damage: Damage<'_>) {
    bytes_come_back(store).await;
    wrong_bytes_leave_nothing(store).await;
    a_broken_stream_leaves_nothing(store).await;
    a_known_blob_must_be_shown_again(store).await;
    organizations_do_not_meet(store).await;
    damage_is_noticed(store, damage).await;
    damage_is_mended(store, damage).await;
    old_blobs_go_and_renewed_ones_stay(store).await;
    the_same_blob_may_be_put_by_many(store).await;
}

/// Bytes that differ from one position to the next.
pub fn sample(size: usize) -> Vec<u8> {
    (0..size).map(|i| u8::try_from((i / 256 * 7 + i) % 251).unwrap()).collect()
}

/// A body in pieces of odd sizes.
pub fn body(bytes: &[u8]) -> ByteStream {
    let pieces: Vec<io::Result<Bytes>> = bytes.chunks(100_003).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    Box::pin(stream::iter(pieces))
}

async fn bytes_come_back(store: &dyn BlobStore) {
    let org = fresh_org_id();
    for size in [0, 1, 1000, 262_143, 262_144, 262_145, 524_288, 3_000_000] {
        let bytes = sample(size);
        let digest = Digest::of(&bytes);
        assert!(store.get(org, digest).await.unwrap().is_none());
        assert_eq!(store.keep(org, digest).await.unwrap(), None);
        assert_eq!(store.put(org, digest, body(&bytes)).await.unwrap(), Stored::New(size as u64));
        assert_eq!(store.keep(org, digest).await.unwrap(), Some(size as u64));
        let reader = store.get(org, digest).await.unwrap().unwrap();
        assert_eq!(reader.size, size as u64);
        assert_eq!(collect(reader, digest, size).await.unwrap(), bytes, "{size}");
    }
}

async fn wrong_bytes_leave_nothing(store: &dyn BlobStore) {
    let (org, announced) = (fresh_org_id(), Digest::of(b"announced"));
    for bytes in [sample(0), sample(10), sample(700_000)] {
        let error = store.put(org, announced, body(&bytes)).await.unwrap_err();
        let actual = Digest::of(&bytes);
        assert!(matches!(error, BlobError::Digest { expected, actual: a } if expected == announced && a == actual));
        assert!(store.get(org, announced).await.unwrap().is_none());
        assert!(store.get(org, actual).await.unwrap().is_none());
    }
    assert!(!listed(store, org).await);
}

async fn a_broken_stream_leaves_nothing(store: &dyn BlobStore) {
    let (org, bytes) = (fresh_org_id(), sample(600_000));
    let broken = body(&bytes[..400_000]).chain(stream::iter([Err(io::Error::other("the sender is gone"))]));
    let error = store.put(org, Digest::of(&bytes), Box::pin(broken)).await.unwrap_err();
    assert!(matches!(error, BlobError::Io(_)), "{error}");
    assert!(store.get(org, Digest::of(&bytes)).await.unwrap().is_none());
    assert!(!listed(store, org).await);
}

async fn a_known_blob_must_be_shown_again(store: &dyn BlobStore) {
    let (org, bytes) = (fresh_org_id(), sample(300_000));
    let digest = Digest::of(&bytes);
    store.put(org, digest, body(&bytes)).await.unwrap();
    assert_eq!(store.put(org, digest, body(&bytes)).await.unwrap(), Stored::Known(300_000));
    // Who knows no more than the digest learns nothing, and changes nothing.
    assert!(matches!(store.put(org, digest, body(b"guess")).await, Err(BlobError::Digest { .. })));
    let reader = store.get(org, digest).await.unwrap().unwrap();
    assert_eq!(collect(reader, digest, bytes.len()).await.unwrap(), bytes);
}

async fn organizations_do_not_meet(store: &dyn BlobStore) {
    let (own, foreign, bytes) = (fresh_org_id(), fresh_org_id(), sample(5000));
    let digest = Digest::of(&bytes);
    store.put(own, digest, body(&bytes)).await.unwrap();
    assert!(store.get(foreign, digest).await.unwrap().is_none());
    assert_eq!(store.keep(foreign, digest).await.unwrap(), None);
    assert_eq!(store.put(foreign, digest, body(&bytes)).await.unwrap(), Stored::New(5000));
    store.remove(OldBlob { org: foreign, digest }, soon()).await.unwrap();
    assert_eq!(store.keep(foreign, digest).await.unwrap(), None);
    assert_eq!(store.keep(own, digest).await.unwrap(), Some(5000));
}

async fn damage_is_noticed(store: &dyn BlobStore, damage: Damage<'_>) {
    let org = fresh_org_id();
    for size in [1, 262_144, 900_000] {
        let bytes = sample(size);
        let digest = Digest::of(&bytes);
        store.put(org, digest, body(&bytes)).await.unwrap();
        damage(org, digest);
        let mut reader = store.get(org, digest).await.unwrap().unwrap();
        let (mut received, mut error) = (0, None);
        while let Some(piece) = reader.body.next().await {
            match piece {
                Ok(piece) => received += piece.len(),
                Err(e) => error = Some(e),
            }
        }
        assert_eq!(error.map(|e| e.kind()), Some(io::ErrorKind::InvalidData), "{size}");
        assert!(received < size, "all {size} bytes were handed out before the damage was told");
    }
}

async fn damage_is_mended(store: &dyn BlobStore, damage: Damage<'_>) {
    let org = fresh_org_id();
    for size in [1, 262_144, 900_000] {
        let bytes = sample(size);
        let digest = Digest::of(&bytes);
        store.put(org, digest, body(&bytes)).await.unwrap();
        damage(org, digest);
        // Other bytes take nobody's place, not even a damaged one's.
        assert!(matches!(store.put(org, digest, body(b"other")).await, Err(BlobError::Digest { .. })));
        let reader = store.get(org, digest).await.unwrap().unwrap();
        assert!(collect(reader, digest, size).await.is_err(), "{size}");
        assert_eq!(store.put(org, digest, body(&bytes)).await.unwrap(), Stored::Known(size as u64));
        let reader = store.get(org, digest).await.unwrap().unwrap();
        assert_eq!((reader.size, collect(reader, digest, size).await.unwrap()), (size as u64, bytes.into()), "{size}");
    }
}

async fn old_blobs_go_and_renewed_ones_stay(store: &dyn BlobStore) {
    let org = fresh_org_id();
    let (kept, renewed, gone, needed) = (sample(11), sample(12), sample(13), sample(14));
    let old = |bytes: &[u8]| OldBlob { org, digest: Digest::of(bytes) };
    for bytes in [&renewed, &gone, &needed] {
        store.put(org, Digest::of(bytes), body(bytes)).await.unwrap();
    }
    pass_time();
    let before = now();
    pass_time();
    store.put(org, Digest::of(&kept), body(&kept)).await.unwrap();
    let mine = |blobs: Vec<OldBlob>| blobs.into_iter().filter(|b| b.org == org).collect::<Vec<_>>();
    let listed = mine(store.older_than(before).await.unwrap());
    assert!(listed.len() == 3 && listed.contains(&old(&renewed)) && listed.contains(&old(&gone)), "{listed:?}");
    // Somebody puts one of them again between the list and the removal.
    assert_eq!(store.put(org, Digest::of(&renewed), body(&renewed)).await.unwrap(), Stored::Known(12));
    // A run that is being stored needs another one.
    assert_eq!(store.keep(org, Digest::of(&needed)).await.unwrap(), Some(14));
    for bytes in [&kept, &renewed, &gone, &needed] {
        store.remove(old(bytes), before).await.unwrap();
    }
    store.remove(old(&gone), before).await.unwrap();
    for (bytes, there) in [(&kept, true), (&renewed, true), (&gone, false), (&needed, true)] {
        assert_eq!(store.keep(org, Digest::of(bytes)).await.unwrap().is_some(), there);
    }
    assert!(mine(store.older_than(before).await.unwrap()).is_empty());
}

async fn the_same_blob_may_be_put_by_many(store: &dyn BlobStore) {
    let (org, bytes) = (fresh_org_id(), sample(400_000));
    let digest = Digest::of(&bytes);
    let puts = (0..8).map(|_| store.put(org, digest, body(&bytes)));
    for stored in futures_util::future::join_all(puts).await {
        assert_eq!(stored.unwrap().size(), 400_000);
    }
    let reader = store.get(org, digest).await.unwrap().unwrap();
    assert_eq!(collect(reader, digest, bytes.len()).await.unwrap(), bytes);
}

/// Whether the store lists any blob of the organization.
async fn listed(store: &dyn BlobStore, org: OrgId) -> bool {
    store.older_than(soon()).await.unwrap().iter().any(|blob| blob.org == org)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
}

fn soon() -> Timestamp {
    now().after(Duration::from_mins(1))
}

/// Longer than the ticks in which file systems count.
fn pass_time() {
    std::thread::sleep(Duration::from_millis(30));
}
