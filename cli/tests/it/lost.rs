//! Answers that never arrive, and runs that are over while their state is still here.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::plane::{Plane, User};

const CONTRACT: &str = "apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: lost}
spec:
  materials: [{type: STRING, name: note}]
";

/// Passes everything on to the server, and hangs up instead of the answer to an attestation.
fn hanging_up(server: &str) -> String {
    let server = server.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            let attested = Arc::new(AtomicBool::new(false));
            let (asked, seen) = ((client.try_clone().unwrap(), server.try_clone().unwrap()), Arc::clone(&attested));
            thread::spawn(move || pump(asked.0, asked.1, &seen, false));
            thread::spawn(move || pump(server, client, &attested, true));
        }
    });
    url
}

fn pump(mut from: TcpStream, mut to: TcpStream, attested: &AtomicBool, answers: bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !answers && String::from_utf8_lossy(&buffer[..count]).contains("/attestation HTTP") {
            attested.store(true, Ordering::SeqCst);
        }
        if (answers && attested.load(Ordering::SeqCst)) || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The other end may have gone already.
    drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
}

fn ready(user: &User) {
    user.write("contract.yaml", CONTRACT);
    user.json(0, &["apply", "-f", "contract.yaml"]);
    user.json(0, &["att", "init", "--workflow", "w", "--project", "p", "--contract", "lost"]);
    user.json(0, &["att", "add", "--name", "note", "--value", "hello"]);
}

fn kept(user: &User) -> Vec<String> {
    let entries = std::fs::read_dir(user.work().join(".assay")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_push_whose_answer_was_lost_is_pushed_again() {
    let plane = Plane::start();
    let user = plane.user("team");
    ready(&user);
    let lossy = hanging_up(&plane.url);
    let lost = user.json(8, &["att", "push", "--server", &lossy]);
    assert_eq!(lost["error"]["code"], "network");
    assert!(kept(&user).contains(&"attestation.json.signed".to_owned()));
    let pushed = user.json(0, &["att", "push", "--bundle", "bundle.json"]);
    assert_eq!((&pushed["verdict"], &pushed["submitted"]), (&"compliant".into(), &true.into()));
    assert_eq!(kept(&user), ["attestation.json.lock"]);
    let submitted = user.json(0, &["att", "submit", "--bundle", "bundle.json"]);
    assert_eq!(submitted["digest"], pushed["digest"]);
}

#[test]
fn a_run_that_is_over_can_be_forgotten() {
    let plane = Plane::start();
    let user = plane.user("team");
    ready(&user);
    let state = user.work().join(".assay/attestation.json");
    let before = std::fs::read(&state).unwrap();
    user.json(0, &["att", "push"]);
    std::fs::write(&state, before).unwrap();
    let error = user.json(9, &["att", "push"])["error"].clone();
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("att reset")), "{error}");
    assert_eq!(user.json(0, &["att", "reset"])["state"], "pushed");
    assert_eq!(user.json(2, &["att", "status"])["error"]["code"], "no-attestation");
}
