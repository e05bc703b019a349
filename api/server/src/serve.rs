use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use crate::Tls;
use crate::patience::Patient;

/// Most connections at a time; who comes then waits to be accepted.
const CONNECTIONS: usize = 4_096;
/// How long requests may take that run when the server stops.
const FAREWELL: Duration = Duration::from_secs(20);
/// How long to wait when no connection can be accepted, for example because there are no file descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// How long a client may take, for what.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// To say hello.
    handshake: Duration,
    /// For the headers of a request, and to be idle between two.
    headers: Duration,
    /// To leave an answer unread before its connection is ended.
    unread: Duration,
}

const PATIENCE: Patience =
    Patience { handshake: Duration::from_secs(10), headers: Duration::from_secs(30), unread: Duration::from_secs(30) };

/// What every connection needs.
#[derive(Clone)]
struct Host {
    router: Router,
    tls: Option<TlsAcceptor>,
    shutdown: CancellationToken,
    patience: Patience,
}

/// Accepts connections until `shutdown`, then lets the requests that run finish, for twenty seconds at most. Each connection
/// has a task of its own, so a slow client delays nobody.
pub async fn serve(listener: TcpListener, router: Router, tls: Option<Tls>, shutdown: CancellationToken) {
    let tls = tls.map(|Tls(config)| TlsAcceptor::from(config));
    accept(listener, Host { router, tls, shutdown, patience: PATIENCE }).await;
}

async fn accept(listener: TcpListener, host: Host) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    while let Some(stream) = next(&listener, &host.shutdown).await {
        let place = tokio::select! {
            () = host.shutdown.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let (host, alive) = (host.clone(), alive.clone());
        tokio::spawn(async move {
            host.connection(stream).await;
            drop((place, alive));
        });
    }
    drop((listener, alive));
    // Nothing is ever sent: the channel closes when the last connection is gone.
    if timeout(FAREWELL, all_gone.recv()).await.is_err() {
        tracing::warn!("requests were cut off that did not finish within {} seconds", FAREWELL.as_secs());
    }
}

/// The next connection; nothing once the server stops.
async fn next(listener: &TcpListener, shutdown: &CancellationToken) -> Option<TcpStream> {
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => return Some(stream),
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no connection can be accepted");
                sleep(BREATH).await;
            }
        }
    }
}

/// Whether a client that went away before it was accepted is all that is wrong.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl Host {
    async fn connection(self, stream: TcpStream) {
        // Answers are written whole: waiting for more to send only delays them.
        drop(stream.set_nodelay(true));
        match &self.tls {
            None => self.converse(stream).await,
            Some(acceptor) => match timeout(self.patience.handshake, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => self.converse(stream).await,
                Ok(Err(error)) => tracing::debug!(error = &error as &dyn std::error::Error, "the TLS handshake failed"),
                Err(_) => tracing::debug!("the TLS handshake took too long"),
            },
        }
    }

    async fn converse(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(move |request| {
            // A router is always ready.
            self.router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience.headers)
            .serve_connection(TokioIo::new(Patient::new(stream, self.patience.unread)), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended early");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::routing::get;
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(30);

    async fn start(router: Router, patience: Patience) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(accept(listener, Host { router, tls: None, shutdown: CancellationToken::new(), patience }));
        address
    }

    /// Answers one request without end; the receiver is told when nobody sends any more.
    fn endless() -> (Router, oneshot::Receiver<Infallible>) {
        let (sending, left) = oneshot::channel();
        let sending = Arc::new(std::sync::Mutex::new(Some(sending)));
        let answer = async move || {
            let sending = sending.lock().unwrap().take();
            let piece = Bytes::from(vec![0; 65_536]);
            Body::from_stream(stream::repeat(piece).map(move |piece| {
                let _ = &sending;
                Ok::<_, Infallible>(piece)
            }))
        };
        (Router::new().route("/endless", get(answer)), left)
    }

    #[tokio::test]
    async fn who_does_not_read_an_answer_is_left_and_who_reads_slowly_is_not() {
        let (router, left) = endless();
        let address = start(router, Patience { handshake: LONG, headers: LONG, unread: SHORT }).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut left = pin!(left);
        let mut piece = vec![0; 4 << 20];
        for _ in 0..10 {
            client.read_exact(&mut piece).await.unwrap();
            assert!(timeout(SHORT / 5, left.as_mut()).await.is_err(), "a client that reads was left");
        }
        assert!(timeout(LONG / 3, left).await.is_ok(), "a client that does not read holds its connection");
    }

    #[tokio::test]
    async fn who_does_not_finish_a_request_is_left() {
        let address = start(Router::new(), Patience { handshake: LONG, headers: SHORT, unread: LONG }).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HT").await.unwrap();
        let mut heard = vec![];
        timeout(LONG / 3, client.read_to_end(&mut heard)).await.unwrap().unwrap();
    }
}
