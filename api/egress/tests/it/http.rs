use std::time::{Duration, Instant};

use assay_ports::{BodyPiece, Egress, EgressError, EgressRequest, Encoding};
use tokio::io::AsyncWriteExt;

use crate::server::{Seen, Server, answer, ok};
use crate::world::{evidence, headers, local, post, request, text};

#[tokio::test]
async fn a_request_arrives_as_it_was_checked() {
    let server = Server::start(|_| answer("201 Created", "X-Id: 7\r\nx-odd: \u{fc}\r\n", "done")).await;
    let mut sent = post(&server.url("/a%20b/../c?x=1&y=%2F"), vec![text("hello "), text("world")]);
    sent.headers = headers(&[("Content-Type", "text/plain"), ("X-A", "1"), ("x-a", "2")]);
    let got = local().send(sent).await.unwrap();
    assert_eq!((got.status, &got.body[..], got.sent), (201, &b"done"[..], 11));
    assert!(got.headers.contains(&("x-id".to_owned(), "7".to_owned())));
    assert_eq!(got.peer.unwrap(), format!("127.0.0.1:{}", server.port));
    let seen = server.last();
    assert_eq!(seen.line, "POST /c?x=1&y=%2F HTTP/1.1");
    assert_eq!(seen.body, b"hello world");
    assert_eq!(seen.header("host").unwrap(), format!("127.0.0.1:{}", server.port));
    assert_eq!(seen.header("content-length"), Some("11"));
    assert_eq!(seen.header("transfer-encoding"), None);
    assert!(seen.header("user-agent").unwrap().starts_with("assay/"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.headers.iter().filter(|(name, _)| name == "x-a").count(), 2);
}

#[tokio::test]
async fn bodies_are_framed_by_what_is_known_of_them() {
    let server = Server::start(ok).await;
    let bytes: Vec<u8> = (0..100_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let piece = |encoding| BodyPiece::Evidence(evidence(&bytes), encoding);
    let cases = [
        (vec![piece(Encoding::Identity)], Some("100000")),
        (vec![text("a"), piece(Encoding::Base64), text("b")], Some("133338")),
        (vec![piece(Encoding::Gzip)], None),
        (vec![], Some("0")),
    ];
    for (body, length) in cases {
        let answer = local().send(post(&server.url("/"), body)).await.unwrap();
        let seen = server.last();
        assert_eq!(seen.header("content-length"), length);
        assert_eq!(seen.header("transfer-encoding"), if length.is_none() { Some("chunked") } else { None });
        assert_eq!(answer.sent, seen.body.len() as u64);
    }
    local().send(request("GET", &server.url("/"))).await.unwrap();
    assert_eq!(server.last().header("content-length"), None);
}

#[tokio::test]
async fn nothing_is_smuggled() {
    let server = Server::start(ok).await;
    let with =
        |list: &[(&str, &str)]| EgressRequest { headers: headers(list), ..post(&server.url("/"), vec![text("x")]) };
    for list in [
        [("Content-Length", "0")],
        [("Transfer-Encoding", "chunked")],
        [("Host", "example.org")],
        [("TE", "trailers")],
        [("Connection", "x-a")],
        [("X-A", "1\r\nHost: b")],
        [("X-A", "1\nTransfer-Encoding: chunked")],
        [("X-A\r\nHost", "b")],
        [("X-A", "\0")],
        [("Upgrade", "h2c")],
        [("Expect", "100-continue")],
    ] {
        assert!(matches!(local().send(with(&list)).await, Err(EgressError::Denied { .. })), "{list:?}");
    }
    for method in ["CONNECT", "TRACE", "get", "GET / HTTP/1.1\r\nX: ", "", "PROPFIND", "POST "] {
        let sent = local().send(EgressRequest { method: method.to_owned(), ..with(&[]) }).await;
        assert!(matches!(sent, Err(EgressError::Denied { .. })), "{method:?}");
    }
    assert_eq!(server.connections(), 0);
    // An absolute URL as a path stays a path.
    local().send(request("GET", &server.url("/http://example.org/?a=http://b"))).await.unwrap();
    assert_eq!(server.last().line, "GET /http://example.org/?a=http://b HTTP/1.1");
}

#[tokio::test]
async fn redirects_are_answers() {
    let other = Server::start(ok).await;
    let location = format!("location: {}\r\n", other.url("/secret"));
    for status in ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"] {
        let location = location.clone();
        let server = Server::start(move |_| answer(status, &location, "")).await;
        let got = local().send(request("GET", &server.url("/"))).await.unwrap();
        assert_eq!(got.status, status[..3].parse::<u16>().unwrap());
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn answers_are_bounded_in_size() {
    let endless = |_: &Seen| {
        let mut out = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..300 {
            out.extend_from_slice(b"2710\r\n");
            out.extend(std::iter::repeat_n(b'x', 10_000));
            out.extend_from_slice(b"\r\n");
        }
        out
    };
    let announced = |_: &Seen| answer("200 OK", "", &"x".repeat(2_000_000));
    let until_closed = |_: &Seen| {
        let mut out = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        out.extend(std::iter::repeat_n(b'x', 2_000_000));
        out
    };
    for server in [Server::start(endless).await, Server::start(announced).await, Server::start(until_closed).await] {
        let sent = local().send(request("GET", &server.url("/"))).await;
        assert!(matches!(sent, Err(EgressError::TooLarge { limit: 1_048_576 })), "{sent:?}");
    }
    let exactly = Server::start(|_| answer("200 OK", "", &"x".repeat(1 << 20))).await;
    assert_eq!(local().send(request("GET", &exactly.url("/"))).await.unwrap().body.len(), 1 << 20);
    let heads = Server::start(|_| answer("200 OK", &"a: b\r\n".repeat(100_000), "")).await;
    assert!(matches!(local().send(request("GET", &heads.url("/"))).await, Err(EgressError::Protocol(_))));
    let head = Server::start(|_| answer("200 OK", "content-length: 99999999\r\n", "")[..].to_vec()).await;
    drop(local().send(request("HEAD", &head.url("/"))).await);
}

#[tokio::test]
async fn answers_are_bounded_in_time() {
    let silent = Server::start(|_| vec![]).await;
    let begin = Instant::now();
    let sent = local().send(request("GET", &silent.url("/"))).await;
    assert!(matches!(sent, Err(EgressError::Timeout(t)) if t == Duration::from_secs(2)), "{sent:?}");
    let short = EgressRequest { timeout: Duration::from_millis(300), ..request("GET", &silent.url("/")) };
    let sent = local().send(short).await;
    assert!(matches!(sent, Err(EgressError::Timeout(t)) if t == Duration::from_millis(300)), "{sent:?}");
    let (server, listener) = Server::bind(ok).await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let slow = EgressRequest { timeout: Duration::from_secs(1), ..request("GET", &server.url("/")) };
    assert!(matches!(local().send(slow).await, Err(EgressError::Timeout(_))));
    assert!(begin.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn what_is_no_server_of_http_is_told_so() {
    for nonsense in ["SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/1.1 200\r\nbad header\r\n\r\n", "HTTP/2 200 OK\r\n\r\n"] {
        let server = Server::start(move |_| nonsense.as_bytes().to_vec()).await;
        let sent = local().send(request("GET", &server.url("/"))).await;
        assert!(matches!(sent, Err(EgressError::Protocol(_))), "{nonsense:?} {sent:?}");
    }
    // Two lengths, or a length and chunks: somebody on the way may read the other one.
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!";
    let server = Server::start(move |_| two.as_bytes().to_vec()).await;
    assert!(local().send(request("GET", &server.url("/"))).await.is_err());
    let (server, listener) = Server::bind(ok).await;
    drop(listener);
    assert!(matches!(local().send(request("GET", &server.url("/"))).await, Err(EgressError::Connect(_))));
}

#[tokio::test]
async fn connections_are_used_again_but_never_by_others() {
    let server = Server::start(ok).await;
    let broker = local();
    let from = |pool: &str| EgressRequest { pool: pool.to_owned(), ..request("GET", &server.url("/")) };
    for pool in ["one", "one", "two", "one", "two"] {
        broker.send(from(pool)).await.unwrap();
    }
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [1, 1, 2, 1, 2]);
    let by_name = EgressRequest { url: format!("http://localhost:{}/", server.port), ..from("one") };
    broker.send(by_name).await.unwrap();
    assert_eq!(server.last().connection, 3, "another origin has another connection");
}

#[tokio::test]
async fn a_connection_that_was_closed_in_the_meantime_is_opened_anew() {
    let server = Server::start(|_| answer("200 OK", "connection: close\r\n", "ok")).await;
    let broker = local();
    for _ in 0..3 {
        assert_eq!(broker.send(post(&server.url("/"), vec![text("x")])).await.unwrap().status, 200);
    }
    // One that says nothing of closing, and closes when it is idle.
    let (server, listener) = Server::bind(ok).await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.write_all(&ok(&Seen::default())).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    for _ in 0..3 {
        assert_eq!(broker.send(request("GET", &server.url("/"))).await.unwrap().status, 200);
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
}

#[tokio::test]
async fn evidence_that_breaks_off_breaks_the_request_off() {
    let server = Server::start(ok).await;
    let mut short = evidence(b"0123456789");
    short.size = 11;
    let sent = local().send(post(&server.url("/"), vec![BodyPiece::Evidence(short, Encoding::Identity)])).await;
    assert!(matches!(sent, Err(EgressError::Protocol(_))), "{sent:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_answer_may_come_before_the_body_was_sent() {
    let (server, listener) = Server::bind(ok).await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&answer("413 Too Large", "", "no")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    let bytes = vec![7; 20_000_000];
    let body = vec![BodyPiece::Evidence(evidence(&bytes), Encoding::Identity)];
    let got = local().send(post(&server.url("/"), body)).await.unwrap();
    assert_eq!((got.status, &got.body[..]), (413, &b"no"[..]));
    assert!(got.sent < 20_000_000);
}
