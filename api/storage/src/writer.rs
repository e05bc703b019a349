use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use assay_ports::RepositoryError;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::StorageError;
use crate::error::{Failure, Outcome};

/// How many operations one transaction holds at most. It bounds how long the first of them waits for the disk.
const MAX_GROUP: usize = 128;
/// How many operations wait before callers have to.
const QUEUE: usize = 1024;

/// The one place that writes.
///
/// Each operation runs in a savepoint of a transaction that it shares with the operations that arrived meanwhile; one
/// commit, and so one flush to disk, serves all of them, and only then is anybody answered. An operation that fails is
/// rolled back alone. An operation whose caller has gone away is done all the same.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Write(Operation),
    Close,
}

type Operation = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Done> + Send>;

/// An operation that has run.
struct Done {
    kept: bool,
    answer: Answer,
}

/// Answers the caller, once it is known whether the commit failed.
type Answer = Box<dyn FnOnce(Option<&Arc<sqlx::Error>>) + Send>;

impl Writer {
    /// Starts the task that owns `connection`.
    pub(crate) fn start(connection: SqliteConnection) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        Self { queue, task: Mutex::new(Some(tokio::spawn(serve(connection, messages)))) }
    }

    /// Runs `operation` in a transaction, and answers when it is committed.
    pub(crate) async fn write<T, F>(&self, operation: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let operation: Operation = Box::new(move |connection| Box::pin(run(operation(connection), sender)));
        let abandoned = || Failure::from(StorageError::Abandoned);
        self.queue.send(Message::Write(operation)).await.map_err(|_| abandoned())?;
        Ok(receiver.await.map_err(|_| abandoned())??)
    }

    /// Does what is queued, closes the connection and ends the task.
    pub(crate) async fn close(&self) {
        if let Some(task) = self.task.lock().await.take() {
            // Both fail only when the task is gone already, which is what is wanted.
            let _ = self.queue.send(Message::Close).await;
            let _ = task.await;
        }
    }
}

async fn run<T: Send + 'static>(operation: BoxFuture<'_, Outcome<T>>, caller: oneshot::Sender<Outcome<T>>) -> Done {
    let result = operation.await;
    let kept = result.is_ok();
    let answer: Answer = Box::new(move |failed| {
        let result = match (result, failed) {
            (Ok(_), Some(error)) => Err(StorageError::Commit(Arc::clone(error)).into()),
            (result, _) => result,
        };
        // A caller that has gone away does not want to know.
        let _ = caller.send(result);
    });
    Done { kept, answer }
}

async fn serve(mut connection: SqliteConnection, mut messages: mpsc::Receiver<Message>) {
    while let Some(Message::Write(first)) = messages.recv().await {
        let mut answers = Vec::new();
        let committed = group(&mut connection, first, &mut messages, &mut answers).await;
        let (failed, next) = match committed {
            Ok(next) => (None, next),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a group of writes was not committed");
                (Some(Arc::new(error)), Next::Go)
            }
        };
        for answer in answers {
            answer(failed.as_ref());
        }
        if next == Next::Stop {
            break;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the writing connection did not close well");
    }
}

/// Whether the task goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

/// Runs `first` and what is queued behind it in one transaction and commits it.
async fn group(
    connection: &mut SqliteConnection,
    first: Operation,
    messages: &mut mpsc::Receiver<Message>,
    answers: &mut Vec<Answer>,
) -> Result<Next, sqlx::Error> {
    // `immediate`: a transaction that began by reading could not become a writing one while another process writes.
    let mut transaction = connection.begin_with("begin immediate").await?;
    let mut next = Next::Go;
    let mut operation = first;
    loop {
        let mut savepoint = transaction.begin().await?;
        let done = AssertUnwindSafe(operation(&mut savepoint)).catch_unwind().await;
        // Without `?`: an operation that ran is answered, whatever becomes of the group.
        let ended = match &done {
            Ok(Done { kept: true, .. }) => savepoint.commit().await,
            _ => savepoint.rollback().await,
        };
        answers.extend(done.into_iter().map(|done| done.answer));
        ended?;
        if answers.len() >= MAX_GROUP {
            break;
        }
        match messages.try_recv() {
            Ok(Message::Write(other)) => operation = other,
            Ok(Message::Close) => {
                next = Next::Stop;
                break;
            }
            Err(_) => break,
        }
    }
    transaction.commit().await?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use sqlx::Row as _;

    use super::*;

    async fn writer() -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new();
        let options = options.filename(folder.path().join("db")).create_if_missing(true).foreign_keys(true);
        let mut db = SqliteConnection::connect_with(&options).await.unwrap();
        for table in ["create table t (n integer primary key)", "create table u (n integer references t)"] {
            sqlx::query(table).execute(&mut db).await.unwrap();
        }
        (folder, Writer::start(db))
    }

    fn insert(db: &mut SqliteConnection, n: i64) -> BoxFuture<'_, Outcome<()>> {
        Box::pin(async move {
            sqlx::query("insert into t (n) values ($1)").bind(n).execute(&mut *db).await?;
            match n {
                100 => panic!("this operation panics on purpose"),
                _ if n % 3 == 1 => Err(StorageError::UnknownRun.into()),
                _ => Ok(()),
            }
        })
    }

    fn numbers(db: &mut SqliteConnection) -> BoxFuture<'_, Outcome<Vec<i64>>> {
        Box::pin(async move {
            let rows = sqlx::query("select n from t order by n").fetch_all(db).await?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        })
    }

    /// Leaves a reference behind that is checked at the commit, and is wrong then.
    fn dangle(db: &mut SqliteConnection) -> BoxFuture<'_, Outcome<()>> {
        Box::pin(async move {
            sqlx::query("pragma defer_foreign_keys = on").execute(&mut *db).await?;
            sqlx::query("insert into u (n) values (999)").execute(db).await?;
            Ok(())
        })
    }

    #[tokio::test]
    async fn errors_and_panics_take_only_their_own_operation_back() {
        let (_folder, writer) = writer().await;
        let results = join_all((0..300).map(|n| writer.write(move |db| insert(db, n)))).await;
        let good: Vec<_> = (0..300).filter(|n| n % 3 != 1).collect();
        for (n, result) in (0..).zip(&results) {
            assert_eq!(result.is_ok(), good.contains(&n), "{n}: {result:?}");
        }
        assert_eq!(writer.write(numbers).await.unwrap(), good);
    }

    #[tokio::test]
    async fn when_the_commit_fails_nobody_is_told_that_it_did_not() {
        let (_folder, writer) = writer().await;
        let (first, second) = tokio::join!(writer.write(|db| insert(db, 0)), writer.write(dangle));
        for result in [first, second] {
            let Err(RepositoryError::Other(cause)) = result else { panic!("{result:?}") };
            assert!(matches!(cause.downcast_ref(), Some(StorageError::Commit(_))), "{cause:?}");
        }
        writer.write(|db| insert(db, 3)).await.unwrap();
        assert_eq!(writer.write(numbers).await.unwrap(), [3]);
    }
}
