use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_integration::{MailServer, MailTls};
use assay_ports::{Egress, EgressError, Mail};
use tokio::net::TcpListener;

use crate::server::{Server, ok};
use crate::world::{Names, broker, local, request};

/// Counts connections on one port of both loopback addresses.
struct Canary {
    port: u16,
    touched: Arc<AtomicUsize>,
}

impl Canary {
    async fn start() -> Self {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        let touched = Arc::new(AtomicUsize::new(0));
        // A machine without IPv6 has one listener.
        let second = TcpListener::bind(("::1", port)).await.ok();
        for listener in [Some(first), second].into_iter().flatten() {
            let touched = Arc::clone(&touched);
            tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    touched.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, touched }
    }
}

fn names() -> Arc<Names> {
    Names::new(&[
        ("public.test", &["192.0.2.1"]),
        ("private.test", &["10.1.2.3"]),
        ("loopback.test", &["127.0.0.1"]),
        ("mapped.test", &["::ffff:127.0.0.1"]),
        ("mixed.test", &["127.0.0.1", "8.8.8.8"]),
        ("mixed-last.test", &["8.8.8.8", "2606:4700::1111", "::1"]),
        ("metadata.test", &["169.254.169.254"]),
        ("metadata6.test", &["fd00:ec2::254"]),
        ("nat64.test", &["64:ff9b::7f00:1"]),
        ("zero.test", &["0.0.0.0"]),
        ("unspecified6.test", &["::"]),
    ])
}

#[tokio::test]
async fn nothing_is_sent_to_where_nobody_may_go() {
    let canary = Canary::start().await;
    let broker = broker(&[]).with_resolver(names());
    let table = include_str!("../data/refused.txt").replace("{port}", &canary.port.to_string());
    let urls: Vec<_> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(urls.len() >= 180, "{}", urls.len());
    for url in urls {
        let sent = broker.send(request("GET", url)).await;
        assert!(matches!(sent, Err(EgressError::Denied { .. })), "{url}: {sent:?}");
        // What needs no resolver is known before anything is stored.
        if !url.contains(".test") {
            assert!(broker.check(url).is_err(), "{url}");
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(canary.touched.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn mail_servers_are_destinations_like_any_other() {
    let canary = Canary::start().await;
    let broker = broker(&[]).with_resolver(names());
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "::1",
        "[::1]",
        "0x7f.1",
        "2130706433",
        "①②⑦.⓪.⓪.①",
        "0",
        "loopback.test",
        "mixed.test",
        "private.test",
        "10.0.0.1",
        "169.254.169.254",
        "a b",
        "",
        "127.0.0.1:25",
        "user@host",
        "a/b",
        "a\r\nb",
    ] {
        let server = MailServer {
            host: host.to_owned(),
            port: canary.port,
            tls: MailTls::Plain,
            from: "a@example.org".to_owned(),
            user: None,
            password: None,
        };
        let mail = Mail {
            server,
            to: vec!["b@example.org".to_owned()],
            cc: vec![],
            subject: "s".to_owned(),
            text: None,
            html: None,
            attachments: vec![],
            message_id: "m".to_owned(),
            timeout: std::time::Duration::from_secs(5),
        };
        let sent = broker.mail(mail).await;
        assert!(matches!(sent, Err(EgressError::Denied { .. })), "{host}: {sent:?}");
    }
    assert_eq!(canary.touched.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_operator_permits_a_port_a_range_or_a_name() {
    let (good, other) = (Server::start(ok).await, Server::start(ok).await);
    let only = broker(&[&format!("127.0.0.1:{}", good.port)]);
    assert_eq!(only.send(request("GET", &good.url("/"))).await.unwrap().status, 200);
    for url in [
        other.url("/"),
        format!("http://127.0.0.2:{}/", good.port),
        format!("http://[::1]:{}/", good.port),
        format!("http://0.0.0.0:{}/", good.port),
        format!("http://[64:ff9b::7f00:1]:{}/", good.port),
    ] {
        assert!(matches!(only.send(request("GET", &url)).await, Err(EgressError::Denied { .. })), "{url}");
    }
    let odd = format!("http://[::ffff:7f00:1]:{}/", good.port);
    assert_eq!(only.send(request("GET", &odd)).await.unwrap().status, 200, "it is the same address");
    let by_name = broker(&["tracker.test"])
        .with_resolver(Names::new(&[("tracker.test", &["127.0.0.1"]), ("other.test", &["127.0.0.1"])]));
    let at = |name: &str| format!("http://{name}:{}/", good.port);
    assert_eq!(by_name.send(request("GET", &at("Tracker.test."))).await.unwrap().status, 200);
    assert_eq!(good.last().header("host").unwrap(), format!("tracker.test:{}", good.port));
    for name in ["other.test", "127.0.0.1", "sub.tracker.test"] {
        assert!(by_name.send(request("GET", &at(name))).await.is_err(), "{name}");
    }
    assert_eq!(local().send(request("GET", &at("localhost"))).await.unwrap().status, 200);
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn metadata_is_never_reached_whatever_is_permitted() {
    let broker = broker(&["0.0.0.0/0", "::/0", "metadata.test"]).with_resolver(names());
    for url in ["http://169.254.169.254/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://metadata.test/"] {
        let error = broker.send(request("GET", url)).await.unwrap_err();
        assert!(error.to_string().contains("never reached"), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_refusal_tells_the_operator_what_to_permit_and_keeps_the_path_for_itself() {
    let error = local().check("http://10.0.0.7:8443/hooks/s3cret").unwrap_err().to_string();
    assert_eq!(error, "`10.0.0.7` is a private address: an operator can permit it with --egress-allow 10.0.0.7:8443");
}

#[tokio::test]
async fn a_name_is_resolved_once_and_an_unknown_one_is_told() {
    let server = Server::start(ok).await;
    let names = Names::new(&[("tracker.test", &["127.0.0.1"])]);
    let broker = broker(&["127.0.0.0/8"]).with_resolver(names.clone());
    let url = format!("http://tracker.test:{}/", server.port);
    broker.send(request("GET", &url)).await.unwrap();
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    let error = broker.send(request("GET", "http://nowhere.test/")).await.unwrap_err();
    assert!(matches!(error, EgressError::Dns { host } if host == "nowhere.test"));
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_read() {
    let (broker, begin) = (local(), std::time::Instant::now());
    for url in [
        format!("http://{}.test/", "é".repeat(4 << 20)),
        format!("http://example.org/{}", "a".repeat(8 << 20)),
        format!("http://xn--{}.test/", "0".repeat(8 << 10)),
    ] {
        let error = broker.check(&url).unwrap_err().to_string();
        assert_eq!(error, "a URL has at most 8192 bytes");
        assert!(matches!(broker.send(request("GET", &url)).await, Err(EgressError::Denied { .. })));
    }
    let method = "GET".repeat(4 << 20);
    let error = broker.send(request(&method, "http://127.0.0.1/")).await.unwrap_err();
    assert_eq!(error.to_string(), "a method has at most 16 bytes");
    assert!(begin.elapsed() < std::time::Duration::from_secs(2));
    assert!(broker.check(&format!("http://example.org/{}", "a".repeat(8000))).is_ok());
}

/// A resolver that never answers.
struct Silent;

#[async_trait::async_trait]
impl assay_egress::Resolve for Silent {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_resolver_that_does_not_answer_is_not_waited_for() {
    let waits = assay_egress::Waits { connect: std::time::Duration::from_millis(100), ..Default::default() };
    let sent =
        local().with_resolver(Arc::new(Silent)).with_waits(waits).send(request("GET", "http://slow.test/")).await;
    assert!(matches!(sent, Err(EgressError::Timeout(t)) if t == waits.connect), "{sent:?}");
}
