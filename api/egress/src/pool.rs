use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::wire::WireBody;

/// How long a connection waits for its next request.
const IDLE: Duration = Duration::from_secs(10);
/// How many wait for one key, and in all.
const PER_KEY: usize = 4;
const IN_ALL: usize = 512;
/// How long a connection may take to see that an answer is over.
const SETTLE: Duration = Duration::from_millis(20);

/// Whose connection it is, and where to: requests of one registration never travel on a connection of another, which was
/// opened with the rights of that one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) pool: String,
    pub(crate) origin: String,
}

/// A connection of HTTP/1.1.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<WireBody>,
    pub(crate) peer: SocketAddr,
    /// Whether it had a request before: then the other side may have closed it in the meantime.
    pub(crate) used: bool,
    /// Reads and writes; it ends with the connection.
    pub(crate) driver: Driver,
}

impl Connection {
    /// Whether another request can be sent, as far as this end knows.
    fn is_open(&self) -> bool {
        self.sender.is_ready() && !self.driver.0.is_finished()
    }
}

/// A task that ends when nobody needs it.
pub(crate) struct Driver(pub(crate) JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connections that wait for their next request.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
}

struct Idle {
    connection: Connection,
    until: Instant,
}

impl Pool {
    /// A connection that waits, if there is one and it is still open.
    pub(crate) fn take(&self, key: &Key) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(key)?;
        let mut found = None;
        while let (None, Some(next)) = (&found, waiting.pop()) {
            let alive = next.until > Instant::now() && next.connection.is_open();
            found = alive.then_some(next.connection);
        }
        if waiting.is_empty() {
            idle.remove(key);
        }
        found
    }

    /// Keeps a connection whose answer was read, if it can have another request.
    pub(crate) async fn put(self: &Arc<Self>, key: Key, mut connection: Connection) {
        // It is not ready where the answer came before the whole request was sent, or the other side closes.
        if !matches!(timeout(SETTLE, connection.sender.ready()).await, Ok(Ok(()))) {
            return;
        }
        connection.used = true;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.values().map(Vec::len).sum::<usize>() >= IN_ALL {
            return;
        }
        let waiting = idle.entry(key).or_default();
        if waiting.len() < PER_KEY {
            waiting.push(Idle { connection, until: Instant::now() + IDLE });
            let pool = Arc::downgrade(self);
            tokio::spawn(async move {
                sleep(IDLE).await;
                if let Some(pool) = pool.upgrade() {
                    pool.sweep();
                }
            });
        }
    }

    fn sweep(&self) {
        let now = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, waiting| {
            waiting.retain(|idle| idle.until > now);
            !waiting.is_empty()
        });
    }
}
