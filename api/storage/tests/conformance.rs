//! `SQLite` passes the suite of the repositories.

use assay_ports::conformance;
use assay_storage::Sqlite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("assay.db")).await.unwrap();
    conformance::repositories::all(&db).await;
    db.close().await;
}
