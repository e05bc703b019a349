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
/// How long a client may take to say hello.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the headers of a request may take, and how long a connection may be idle between two.
const HEADERS: Duration = Duration::from_secs(30);
/// How long a client may leave an answer unread before its connection is ended.
const UNREAD: Duration = Duration::from_secs(30);
/// How long requests may take that run when the server stops.
const FAREWELL: Duration = Duration::from_secs(20);
/// How long to wait when no connection can be accepted, for example because there are no file descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// Accepts connections until `shutdown`, then lets the requests that run finish, for twenty seconds at most. Each connection
/// has a task of its own, so a slow client delays nobody.
pub async fn serve(listener: TcpListener, router: Router, tls: Option<Tls>, shutdown: CancellationToken) {
    let acceptor = tls.map(|Tls(config)| TlsAcceptor::from(config));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    while let Some(stream) = next(&listener, &shutdown).await {
        let place = tokio::select! {
            () = shutdown.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let (router, acceptor, shutdown, alive) = (router.clone(), acceptor.clone(), shutdown.clone(), alive.clone());
        tokio::spawn(async move {
            connection(stream, router, acceptor, shutdown).await;
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

async fn connection(stream: TcpStream, router: Router, tls: Option<TlsAcceptor>, shutdown: CancellationToken) {
    // Answers are written whole: waiting for more to send only delays them.
    drop(stream.set_nodelay(true));
    match tls {
        None => converse(stream, router, shutdown).await,
        Some(acceptor) => match timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, router, shutdown).await,
            Ok(Err(error)) => tracing::debug!(error = &error as &dyn std::error::Error, "the TLS handshake failed"),
            Err(_) => tracing::debug!("the TLS handshake took too long"),
        },
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router, shutdown: CancellationToken) {
    let service = service_fn(move |request| {
        // A router is always ready.
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(Patient::new(stream, UNREAD)), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended early");
    }
}
