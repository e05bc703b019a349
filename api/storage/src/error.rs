use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use assay_ports::RepositoryError;

/// Why the database could not be opened, or failed. The repositories hand it out as [`RepositoryError::Other`].
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file cannot be made.
    #[error("cannot create the database `{}`", path.display())]
    Create {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A statement or a connection failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The tables cannot be brought to the form that this version needs; for example a newer version made them.
    #[error("the database cannot be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The group of writes that the operation belonged to could not be committed: nothing of it is stored.
    #[error("the transaction could not be committed")]
    Commit(#[source] Arc<sqlx::Error>),
    /// The writer ended, or gave the operation up, before it was committed.
    #[error("the write was not done")]
    Abandoned,
    /// An attestation for a run that the organization does not have.
    #[error("there is no such run to push to")]
    UnknownRun,
    /// A value of ours could not be written as JSON.
    #[error("a value cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// What goes wrong inside: lets `?` take both kinds of errors.
#[derive(Debug)]
pub(crate) enum Failure {
    Storage(StorageError),
    Repository(RepositoryError),
}

pub(crate) type Outcome<T> = Result<T, Failure>;

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<RepositoryError> for Failure {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl From<Failure> for RepositoryError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Storage(error) => Self::Other(Box::new(error)),
            Failure::Repository(error) => error,
        }
    }
}

/// Turns the violation of a unique constraint into [`RepositoryError::Taken`].
pub(crate) fn taken(what: &'static str) -> impl FnOnce(sqlx::Error) -> Failure {
    move |error| match &error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => RepositoryError::Taken { what }.into(),
        _ => error.into(),
    }
}
