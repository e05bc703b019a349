//! The client against a server that says what a test wants it to say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use assay_base::{Digest, Secret};
use assay_wire::Exit;

use super::{BlobSource, Client, Collection, Target};
use crate::cli::GlobalArgs;
use crate::config::{PlainHttp, ServerUrl};
use crate::ui::Colour;

/// Answers each connection with the next of `answers`, and keeps what it was asked.
struct Fake {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buffer = vec![0; 1 << 16];
                let mut request = String::new();
                while !request.contains("\r\n\r\n") {
                    let read = stream.read(&mut buffer).unwrap();
                    request.push_str(&String::from_utf8_lossy(&buffer[..read]));
                }
                log.lock().unwrap().push(request);
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { address, seen }
    }

    fn client(&self) -> Client {
        let server = ServerUrl::parse(&format!("http://{}", self.address), PlainHttp::LoopbackOnly).unwrap();
        let ui = GlobalArgs { quiet: true, ..GlobalArgs::default() }.ui(Colour::Never);
        Client::with_token(server, Secret::new("assay_t".into()), ui).unwrap()
    }

    fn in_acme(&self) -> Client {
        self.client().in_organization("acme".parse().unwrap())
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

const WHOAMI: &str = r#"{"organization":"own","subject":"s","role":"viewer","project":null}"#;

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

#[test]
fn a_redirect_does_not_carry_the_token_away() {
    let thief = Fake::new(vec![answer("200 OK", "", "{}")]);
    let server = Fake::new(vec![answer("302 Found", &format!("location: http://{}/\r\n", thief.address), "")]);
    let error = server.client().whoami().unwrap_err();
    assert_eq!(error.exit(), Exit::Network);
    assert!(thief.seen().is_empty() && server.seen()[0].contains("authorization: Bearer assay_t"));
}

/// The environment of a process cannot be changed safely while others read it: another process is asked.
#[test]
fn a_proxy_of_the_environment_sees_no_token() {
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    if std::env::var_os("http_proxy").is_some_and(|proxy| proxy == "http://127.0.0.1:9") {
        let server = Fake::new(vec![answer("200 OK", "", WHOAMI)]);
        server.client().whoami().unwrap();
        assert_eq!(server.seen().len(), 1);
        return;
    }
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "client::tests::a_proxy_of_the_environment_sees_no_token"]);
    let output = again.envs(names.map(|name| (name, "http://127.0.0.1:9"))).env_remove("no_proxy").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the test was not found");
}

#[test]
fn a_problem_keeps_what_the_server_says() {
    let body = r#"{"type":"https://assay.dev/problems/conflict","title":"t","status":409,"detail":"d","code":"special","pointer":"/a"}"#;
    let error = Fake::new(vec![answer("409 Conflict", "x-request-id: r1\r\n", body)]).client().whoami().unwrap_err();
    assert_eq!((error.exit(), error.code(), error.request_id()), (Exit::Conflict, "special", Some("r1")));
    let error = Fake::new(vec![answer("502 Bad Gateway", "", "<html>")]).client().whoami().unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::Network, "http"));
    let error = Fake::new(vec![answer("200 OK", "", "<html>")]).client().whoami().unwrap_err();
    assert_eq!(error.exit(), Exit::Unexpected);
}

#[test]
fn the_organization_is_that_of_the_token_unless_it_is_said() {
    let empty = r#"{"items":[],"next":null}"#;
    let page = || answer("200 OK", "", empty);
    let server = Fake::new(vec![answer("200 OK", "", WHOAMI), page(), page()]);
    let client = server.client();
    let paging = assay_wire::Paging::default();
    client.documents(Collection::Gates, &paging).unwrap();
    client.documents(Collection::Policies, &paging).unwrap();
    let paths: Vec<_> = server.seen().iter().map(|seen| seen.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths, ["/v1/whoami", "/v1/orgs/own/gates", "/v1/orgs/own/policies"]);
}

#[test]
fn a_download_is_right_or_not_there() {
    let (digest, dir) = (Digest::of(b"evidence"), tempfile::tempdir().unwrap());
    let file = dir.path().join("down");
    let cut = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 8\r\n\r\nevid".to_owned();
    for wrong in [answer("200 OK", "", "evidencf"), answer("200 OK", "", "evi"), cut] {
        let error = Fake::new(vec![wrong]).in_acme().download_blob(digest, &Target::File(file.clone())).unwrap_err();
        assert_eq!((error.exit(), error.code()), (Exit::Unverified, "digest-mismatch"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "something was left behind");
    }
    let good = Fake::new(vec![answer("200 OK", "", "evidence")]);
    assert_eq!(good.in_acme().download_blob(digest, &Target::File(file.clone())).unwrap(), 8);
    assert_eq!(std::fs::read(file).unwrap(), b"evidence");
}

#[test]
fn a_device_is_written_through_when_the_bytes_are_right() {
    let (digest, dir) = (Digest::of(b"evidence"), tempfile::tempdir().unwrap());
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let wrong = Fake::new(vec![answer("200 OK", "", "evidencf")]);
    // Nobody reads the pipe: were it opened, this would wait for ever.
    assert!(wrong.in_acme().download_blob(digest, &Target::File(pipe.clone())).is_err());
    let reader = thread::spawn(move || std::fs::read(pipe).unwrap());
    let good = Fake::new(vec![answer("200 OK", "", "evidence")]);
    assert_eq!(good.in_acme().download_blob(digest, &Target::File(dir.path().join("pipe"))).unwrap(), 8);
    assert_eq!(reader.join().unwrap(), b"evidence");
}

#[test]
fn an_upload_announces_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("up");
    std::fs::write(&file, b"evidence").unwrap();
    let server = Fake::new(vec![answer("201 Created", "", "{}")]);
    server.in_acme().put_blob(Digest::of(b"evidence"), &BlobSource::File(file.clone())).unwrap();
    let request = server.seen().remove(0);
    assert!(
        request.starts_with("PUT /v1/orgs/acme/blobs/sha256:") && request.contains("content-length: 8\r\n"),
        "{request}"
    );
    std::fs::remove_file(&file).unwrap();
    let error = Fake::new(vec![]).in_acme().put_blob(Digest::of(b""), &BlobSource::File(file)).unwrap_err();
    assert_eq!(error.exit(), Exit::Invalid);
}

#[test]
fn a_server_that_is_not_there_is_a_network_error() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = Fake { address, seen: Arc::default() };
    let error = gone.client().whoami().unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::Network, "network"));
    assert!(!error.message().contains("assay_t"));
}

#[test]
fn a_component_goes_with_the_bundle_of_its_signature() {
    let item = r#"{"id":"jira","version":"1.0.0","title":"t","source":"installed","digest":"sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}"#;
    let server = Fake::new(vec![answer("201 Created", "", item), answer("201 Created", "", item)]);
    let client = server.in_acme();
    let signed = assay_wire::InstallQuery::default();
    let unsigned = assay_wire::InstallQuery { allow_unsigned: true };
    let component = bytes::Bytes::from_static(b"\0asm");
    client.install_integration(&component, Some(b"{}"), &signed).unwrap();
    assert_eq!(client.install_integration(&component, None, &unsigned).unwrap().id.as_str(), "jira");
    let [first, second] = &server.seen()[..] else { panic!("two requests") };
    assert!(
        first.starts_with("POST /v1/orgs/acme/integrations HTTP") && first.contains("x-assay-bundle: e30="),
        "{first}"
    );
    assert!(first.contains("content-type: application/wasm"), "{first}");
    assert!(second.starts_with("POST /v1/orgs/acme/integrations?allow_unsigned=true HTTP"), "{second}");
    assert!(!second.contains("x-assay-bundle"), "{second}");
}
