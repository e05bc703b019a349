//! What was acknowledged is there, whatever happens to the process; what failed left nothing.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_base::{Digest, OrgId, OrgName, Timestamp, TokenHash, TokenId};
use assay_model::{ApiToken, Organization, Role, WorkflowKey};
use assay_ports::conformance::repositories;
use assay_ports::{Audit, NewToken, Organizations, PageRequest, RepositoryError, Runs, Tokens};
use assay_storage::{Sqlite, StorageError};
use futures_util::FutureExt as _;
use uuid::Uuid;

fn org(number: u128) -> Organization {
    let id = OrgId::from_uuid(Uuid::from_u128(number));
    Organization { id, name: format!("org-{number}").parse().unwrap(), created_at: Timestamp::from_micros(0) }
}

fn token(org: OrgId, number: u128, name: &str) -> NewToken {
    let token = ApiToken {
        id: TokenId::from_uuid(Uuid::from_u128(number)),
        org,
        name: name.parse().unwrap(),
        role: Role::Viewer,
        project: None,
        created_at: Timestamp::from_micros(0),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    NewToken { token, hash: TokenHash::from_bytes([7; 32]) }
}

fn audit() -> Audit {
    Audit { at: Timestamp::from_micros(0), actor: None, action: "test", subject: "x".to_owned() }
}

async fn create(db: &Sqlite, number: u128) -> Organization {
    let org = org(number);
    db.create_org(&org, &[], &token(org.id, number << 64, "owner"), &audit()).await.unwrap();
    org
}

/// Creates `count` tokens at once; every fifth has the name of the first, and so cannot be stored.
async fn create_tokens(db: &Arc<Sqlite>, org: OrgId, count: u128) -> Vec<Result<(), RepositoryError>> {
    let one = |i: u128| {
        let (db, name) = (Arc::clone(db), if i.is_multiple_of(5) { "same".to_owned() } else { format!("t{i}") });
        tokio::spawn(async move { db.create_token(&token(org, i + 1, &name), &audit()).await })
    };
    let mut results = Vec::new();
    for task in (0..count).map(one).collect::<Vec<_>>() {
        results.push(task.await.unwrap());
    }
    results
}

async fn names(db: &Sqlite, org: OrgId) -> usize {
    db.tokens(org, &PageRequest { limit: 10_000, after: None }).await.unwrap().items.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writes_at_once_only_the_wrong_ones_fail() {
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Sqlite::open(&folder.path().join("assay.db")).await.unwrap());
    let org = create(&db, 1).await;
    let results = create_tokens(&db, org.id, 200).await;
    let taken = results.iter().filter(|r| matches!(r, Err(RepositoryError::Taken { what: "token" }))).count();
    assert_eq!((results.iter().filter(|r| r.is_ok()).count(), taken), (161, 39));
    assert_eq!(names(&db, org.id).await, 162);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_process_that_just_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("assay.db");
    let db = Arc::new(Sqlite::open(&path).await.unwrap());
    let org = create(&db, 1).await;
    create_tokens(&db, org.id, 20).await;
    // What a killed process leaves behind: the files as they are, with nobody to tidy them.
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    drop(db);
    let db = Sqlite::open(&copy.path().join("assay.db")).await.unwrap();
    assert_eq!(db.org(&org.name).await.unwrap(), Some(org.clone()));
    assert_eq!(names(&db, org.id).await, 18);
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("assay.db")).await.unwrap();
    let org = create(&db, 1).await;
    for number in 1..50 {
        let token = token(org.id, number, &format!("t{number}"));
        let audit = audit();
        assert!(db.create_token(&token, &audit).now_or_never().is_none());
    }
    db.create_token(&token(org.id, 100, "last"), &audit()).await.unwrap();
    // Handed in is done, though nobody waited.
    assert_eq!(names(&db, org.id).await, 51);
}

#[tokio::test]
async fn opening_again_changes_nothing_and_closing_ends_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("assay.db");
    let db = Sqlite::open(&path).await.unwrap();
    let org = create(&db, 1).await;
    db.close().await;
    db.close().await;
    let result = db.create_token(&token(org.id, 5, "late"), &audit()).await;
    assert!(matches!(result, Err(RepositoryError::Other(_))), "{result:?}");
    assert!(!path.with_extension("db-wal").exists(), "closing folds the log into the file");
    let before = std::fs::read(&path).unwrap();
    let db = Sqlite::open(&path).await.unwrap();
    assert_eq!(db.orgs(&PageRequest { limit: 10, after: None }).await.unwrap().items, [org]);
    db.close().await;
    assert!(before == std::fs::read(&path).unwrap(), "migrating what is up to date wrote something");
}

#[tokio::test]
async fn only_the_owner_reads_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("assay.db")).await.unwrap();
    create(&db, 1).await;
    assert!(db.org(&"org-1".parse::<OrgName>().unwrap()).await.unwrap().is_some());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let modes: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| mode(&entry.unwrap().path())).collect();
    assert_eq!(modes, [0o600; 3]);
}

#[tokio::test]
async fn what_cannot_be_opened_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Sqlite::open(&folder.path().join("no/such/folder/assay.db")).await;
    assert!(matches!(absent, Err(StorageError::Create { .. })));
    let other = folder.path().join("other.db");
    std::fs::write(&other, b"this is a text and no database, and it is longer than a header of one".repeat(100))
        .unwrap();
    assert!(Sqlite::open(&other).await.is_err());
}

/// Prints how many writes a second are acknowledged. Not a check: run it with `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn writes_per_second() {
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Sqlite::open(&folder.path().join("assay.db")).await.unwrap());
    let org = create(&db, 1).await.id;
    for (writers, each) in [(1_u128, 500_u128), (64, 200)] {
        let start = Instant::now();
        let tasks = (0..writers).map(|w| {
            let db = Arc::clone(&db);
            tokio::spawn(async move {
                for i in 0..each {
                    let name = format!("w{writers}-{w}-{i}");
                    db.create_token(&token(org, (writers << 100) | (w << 32) | (i + 1), &name), &audit())
                        .await
                        .unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let took = start.elapsed().max(Duration::from_millis(1));
        println!("{writers} writers: {} writes/s", writers * each * 1000 / took.as_millis());
    }
}

/// Prints how many runs a second are opened, pushed and judged, and how many gate questions are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn attestations_per_second() {
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Sqlite::open(&folder.path().join("assay.db")).await.unwrap());
    let org = repositories::make_org(&*db).await;
    for (clients, each) in [(1, 300), (16, 200), (64, 50)] {
        let start = Instant::now();
        let client = |_| {
            let db = Arc::clone(&db);
            tokio::spawn(async move {
                for _ in 0..each {
                    repositories::attest_once(&*db, org).await;
                }
            })
        };
        for task in (0..clients).map(client).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        println!("{clients} clients: {:.0} attestations/s", f64::from(clients * each) / start.elapsed().as_secs_f64());
    }
    let key = WorkflowKey { project: "shop".parse().unwrap(), name: "build".parse().unwrap() };
    let start = Instant::now();
    for _ in 0..2000 {
        let latest = db.latest_outputs(org, Digest::of(b"image"), std::slice::from_ref(&key)).await.unwrap();
        assert!(latest[0].is_some());
    }
    println!("one client: {:.0} gate questions/s", 2000.0 / start.elapsed().as_secs_f64());
}

/// Prints how many attestations a second are stored whose workflow has ten attachments, and how long it takes to take and
/// deliver what they owe, while the queue is long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn deliveries_per_second() {
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Sqlite::open(&folder.path().join("assay.db")).await.unwrap());
    let org = repositories::make_org(&*db).await;
    repositories::wire(&*db, org, 10).await;
    let start = Instant::now();
    for _ in 0..1000 {
        repositories::attest_once(&*db, org).await;
    }
    println!("one client: {:.0} attestations/s with ten deliveries each", 1000.0 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    let mut delivered = 0;
    while delivered < 2000 {
        delivered += repositories::deliver_some(&*db, 40).await;
    }
    println!("one by one: {:.0} deliveries/s of 10000", 2000.0 / start.elapsed().as_secs_f64());
}
