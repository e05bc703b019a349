//! The loop that accepts connections, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(5);
const PING: &[u8] = b"GET /ping HTTP/1.1\r\nhost: x\r\n\r\n";

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    ended: JoinHandle<()>,
}

async fn start() -> Running {
    let router = Router::new()
        .route("/ping", get(async || "pong"))
        .route("/length", post(async |body: String| body.len().to_string()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
    let ended = tokio::spawn(assay_server::serve(listener, router, None, shutdown.clone()));
    Running { address, shutdown, ended }
}

/// Sends `request`, and reads until `end` has come.
async fn talk(stream: &mut TcpStream, request: &[u8], end: &str) -> String {
    stream.write_all(request).await.unwrap();
    let mut heard = vec![];
    while !String::from_utf8_lossy(&heard).ends_with(end) {
        let mut piece = [0; 4096];
        let count = timeout(SOON, stream.read(&mut piece)).await.unwrap().unwrap();
        assert!(count > 0, "the connection ended after {:?}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&piece[..count]);
    }
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn clients_that_say_nothing_delay_nobody() {
    let server = start().await;
    let mut silent = vec![];
    for _ in 0..100 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /ping HT").await.unwrap();
        silent.push(stream);
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..2 {
        assert!(talk(&mut stream, PING, "pong").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_request_that_runs_is_answered_before_the_end_and_none_begins_after_it() {
    let server = start().await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    talk(&mut idle, PING, "pong").await;
    slow.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab").await.unwrap();
    // Time for the head of the request to arrive: what has not begun is not waited for.
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.shutdown.cancel();
    let mut rest = vec![];
    timeout(SOON, idle.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.is_empty() && !server.ended.is_finished());
    assert!(talk(&mut slow, b"cd", "\r\n4").await.starts_with("HTTP/1.1 200"));
    timeout(SOON, server.ended).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
