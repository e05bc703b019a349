use std::collections::HashMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assay_base::{Timestamp, TokenId};
use assay_ports::RepositoryError;
use futures_util::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};

use crate::StorageError;
use crate::error::Outcome;
use crate::writer::Writer;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many connections read at the same time.
const READERS: u32 = 4;
/// How long a statement waits for another process, for example a backup.
const BUSY: Duration = Duration::from_secs(10);
/// How many tokens [`Sqlite::is_touch_due`] remembers.
const MAX_TOUCHED: usize = 10_000;

/// The repositories on one `SQLite` file.
#[derive(Debug)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: Writer,
    touched: Mutex<HashMap<TokenId, Timestamp>>,
}

impl Sqlite {
    /// Opens the database, makes it when there is none (readable by its owner only), and brings its tables up to date.
    /// Must be called on a tokio runtime, which carries the writer from then on.
    ///
    /// # Errors
    /// [`StorageError`] when the file cannot be made, opened or migrated.
    pub async fn open(path: &Path) -> Result<Self, StorageError> {
        create(path).map_err(|source| StorageError::Create { path: path.to_owned(), source })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            .disable_statement_logging();
        let mut connection = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode `full` is what makes a commit survive a loss of power.
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "4000")
            .thread_name(|_| "assay-db-writer".to_owned())
            .connect()
            .await?;
        MIGRATIONS.run_direct(None, &mut connection, false).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.read_only(true).thread_name(|_| "assay-db-reader".to_owned()));
        Ok(Self { readers, writer: Writer::start(connection), touched: Mutex::default() })
    }

    /// Does the writes that are queued and closes every connection. Writes that come later fail.
    pub async fn close(&self) {
        // The writer last: the last connection to go folds the log into the file, and readers may not write.
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Runs `operation` in a transaction, and answers when it is durable.
    pub(crate) async fn write<T, F>(&self, operation: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
    {
        self.writer.write(operation).await
    }

    /// Whether the use of a token is worth a write: not within `period` of the one that was noted last.
    pub(crate) fn is_touch_due(&self, id: TokenId, at: Timestamp, period: Duration) -> bool {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if touched.get(&id).is_some_and(|last| at < last.after(period)) {
            return false;
        }
        if touched.len() >= MAX_TOUCHED {
            touched.clear();
        }
        touched.insert(id, at);
        true
    }
}

/// Makes the file before `SQLite` does, which would leave its rights to the umask; `-wal` and `-shm` follow them.
fn create(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}
