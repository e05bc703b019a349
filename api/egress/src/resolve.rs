use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Where the addresses of a name come from.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of `host`, a name in ASCII without a dot at its end.
    ///
    /// # Errors
    /// What the resolver says when it has no answer.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the machine, with its hosts file and its search list.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

/// Most names that this process looks up at once. A lookup cannot be broken off: it keeps its thread when nobody waits for it
/// any more, and a slow server of names must not take the threads of everything else.
const AT_ONCE: usize = 32;

static LOOKUPS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let host = host.to_owned();
        let addresses = move || (host.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        Ok(on_a_thread(&LOOKUPS, addresses).await?.into_iter().map(|address| address.ip()).collect())
    }
}

/// Does the work on a thread of its own when there is room, and leaves the room when the work is done, not when its caller goes.
async fn on_a_thread<T: Send + 'static>(
    room: &Arc<Semaphore>,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let done = spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    });
    done.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn who_looks_up_slow_names_takes_no_more_threads_than_there_is_room() {
        let (answer, slow) = mpsc::channel::<()>();
        let room = Arc::new(Semaphore::new(1));
        let patience = Duration::from_millis(50);
        let first = on_a_thread(&room, move || slow.recv().map_err(io::Error::other));
        assert!(timeout(patience, first).await.is_err());
        // Nobody waits for it any more, and its thread is still there.
        assert_eq!(room.available_permits(), 0);
        assert!(timeout(patience, on_a_thread(&room, || Ok(()))).await.is_err());
        answer.send(()).unwrap();
        assert!(timeout(Duration::from_secs(5), on_a_thread(&room, || Ok(()))).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn the_machine_knows_itself() {
        let addresses = SystemResolver.resolve("localhost").await.unwrap();
        assert!(!addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback));
    }
}
