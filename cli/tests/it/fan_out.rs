//! Deliveries at scale: nothing is lost when the server is killed, and one dead destination holds nobody up.
//!
//! `ASSAY_KILLS` and `ASSAY_DESTINATIONS` make them larger than a test run has time for.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::plane::{Plane, User};
use crate::sinks::{Answer, HttpSink, Request};

/// The operator permits destinations on loopback.
const PERMITTING: &[&str] = &["--egress-allow", "127.0.0.0/8"];

const CONTRACT: &str = "apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: fan-out}
spec:
  materials: [{type: STRING, name: note}]
";

/// A number of the environment, or what a test run has time for.
fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// A user whose runs go to these destinations: a registration and an attachment for each.
fn team(plane: &Plane, destinations: &[(String, String)]) -> User {
    let user = plane.user("team");
    user.write("contract.yaml", CONTRACT);
    user.json(0, &["apply", "-f", "contract.yaml"]);
    user.json(0, &["att", "init", "--workflow", "w", "--project", "p", "--contract", "fan-out"]);
    for (name, url) in destinations {
        let url = format!("url={url}");
        user.json(0, &["integration", "registered", "add", "webhook", "--name", name, "--opt", &url]);
        user.json(0, &["integration", "attached", "add", name, "--workflow", "w", "--project", "p"]);
    }
    user
}

/// What came, as soon as that is so many requests.
fn came(sink: &HttpSink, count: usize) -> Vec<Request> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let requests = sink.requests();
        if requests.len() >= count {
            return requests;
        }
        assert!(Instant::now() < deadline, "{} of {count} requests came", requests.len());
        thread::sleep(Duration::from_millis(5));
    }
}

fn push(user: &User) -> String {
    user.json(0, &["att", "init", "--workflow", "w", "--project", "p", "--contract", "fan-out", "--replace"]);
    user.json(0, &["att", "add", "--name", "note", "--value", "hello"]);
    user.json(0, &["att", "push"])["run_id"].as_str().unwrap().to_owned()
}

fn deliveries(user: &User, filter: &[&str]) -> Vec<Value> {
    let mut items = vec![];
    let mut next: Option<String> = None;
    loop {
        let mut args = vec!["delivery", "ls", "--limit", "200"];
        args.extend(filter);
        if let Some(next) = &next {
            args.extend(["--next", next]);
        }
        let page = user.json(0, &args);
        items.extend(page["items"].as_array().unwrap().clone());
        next = page["next"].as_str().map(str::to_owned);
        if next.is_none() {
            return items;
        }
    }
}

/// Waits until every delivery is delivered, and there are at least so many.
fn all_delivered(user: &User, least: usize, patience: Duration) -> Vec<Value> {
    let deadline = Instant::now() + patience;
    loop {
        let items = deliveries(user, &[]);
        let open = items.iter().filter(|item| item["state"] != "delivered").count();
        if open == 0 && items.len() >= least {
            return items;
        }
        assert!(Instant::now() < deadline, "{open} of {} deliveries are not delivered", items.len());
        thread::sleep(Duration::from_millis(200));
    }
}

/// The next of a row of numbers that looks random and is the same at every run (a linear congruential generator with the
/// constants of Knuth's MMIX).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Pushes one run after the other, whatever becomes of the server meanwhile, until so many were acknowledged.
fn push_through_kills(user: &User, runs: usize) {
    let init = ["att", "init", "--workflow", "w", "--project", "p", "--contract", "fan-out", "--replace"];
    let add = ["att", "add", "--name", "note", "--value", "hello"];
    let mut acknowledged = 0;
    while acknowledged < runs {
        let done = [&init[..], &add, &["att", "push"]].iter().all(|args| user.run(args).status.success());
        acknowledged += usize::from(done);
    }
}

#[test]
fn no_kill_loses_a_delivery_or_repeats_more_than_was_under_way() {
    let kills = setting("ASSAY_KILLS", 5);
    // 64 attempts are under way at most, 4 of one registration.
    let (registrations, under_way) = (10, 40);
    let runs = kills * 5;
    let mut plane = Plane::start_with(PERMITTING);
    let sink = HttpSink::start(|_| Answer { after: Duration::from_millis(30), ..Answer::status(200) });
    let names: Vec<_> = (0..registrations).map(|i| (format!("to-{i}"), format!("{}/{i}", sink.url))).collect();
    let user = team(&plane, &names);
    let pushed = AtomicBool::new(false);
    let killed = thread::scope(|scope| {
        scope.spawn(|| {
            push_through_kills(&user, runs);
            pushed.store(true, Ordering::SeqCst);
        });
        let (mut seed, mut killed) = (7, 0);
        while killed < kills && !pushed.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(100 + random(&mut seed) % 500));
            plane.kill_and_restart(PERMITTING);
            killed += 1;
        }
        killed
    });
    let items = all_delivered(&user, runs * registrations, Duration::from_mins(3));
    let requests = sink.requests();
    let sent: Vec<_> =
        requests.iter().filter(|r| !r.text().contains("TEST_WEBHOOK")).map(|r| r.header("webhook-id")).collect();
    let distinct: BTreeSet<_> = sent.iter().copied().collect();
    let delivered: BTreeSet<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(distinct, delivered, "what the sink saw, and what was delivered");
    let repeated = sent.len() - distinct.len();
    assert!(repeated <= killed * under_way, "{repeated} repeats are more than were under way at {killed} kills");
}

/// The 95th of a hundred, in milliseconds.
fn p95(mut waits: Vec<f64>) -> f64 {
    waits.sort_by(f64::total_cmp);
    waits[waits.len() * 95 / 100]
}

/// Time from the end of a push to each arrival, in milliseconds.
fn arrivals(user: &User, sink: &HttpSink, expected: usize, rounds: usize) -> Vec<f64> {
    let mut waits = vec![];
    for _ in 0..rounds {
        let before = sink.requests().len();
        push(user);
        let pushed = Instant::now();
        let received = came(sink, before + expected);
        waits.extend(received[before..].iter().map(|r| r.at.saturating_duration_since(pushed).as_secs_f64() * 1000.0));
    }
    waits
}

#[test]
fn a_dead_destination_does_not_hold_up_the_others() {
    let others = setting("ASSAY_DESTINATIONS", 20) - 1;
    let sink = HttpSink::start(|_| Answer::status(200));
    let to_sink: Vec<_> = (0..others).map(|i| (format!("to-{i}"), format!("{}/{i}", sink.url))).collect();

    let plane = Plane::start_with(PERMITTING);
    let alone = p95(arrivals(&team(&plane, &to_sink), &sink, others, 8));

    // It takes the registration's test, and then nobody listens there any more.
    let dying = HttpSink::start(|_| Answer::status(200));
    let plane = Plane::start_with(PERMITTING);
    let mut with_dead = to_sink;
    with_dead.insert(0, ("dead".to_owned(), dying.url.clone()));
    let user = team(&plane, &with_dead);
    dying.answer(|_| Answer { after: Duration::from_mins(10), ..Answer::status(200) });
    let beside = p95(arrivals(&user, &sink, others, 8));

    // The bound of the budget is 10 %; a few milliseconds more are the noise of a machine that does other things, too.
    assert!(beside <= alone * 1.1 + 25.0, "{beside:.1} ms beside a dead destination, {alone:.1} ms without");
    let dead = deliveries(&user, &["--registration", "dead"]);
    assert!(dead.iter().all(|item| item["state"] == "pending"), "{dead:?}");
}

#[test]
fn a_destination_that_is_gone_is_tried_again_and_reached_when_it_is_back() {
    let plane = Plane::start_with(PERMITTING);
    let sink = HttpSink::start(|_| Answer::status(200));
    let user = team(&plane, &[("flaky".to_owned(), sink.url.clone())]);
    sink.answer(|_| Answer::status(503));
    let run = push(&user);
    came(&sink, 3);
    sink.answer(|_| Answer::status(200));
    let items = all_delivered(&user, 1, Duration::from_secs(30));
    assert_eq!(items[0]["run_id"], run);
    let described = user.json(0, &["delivery", "describe", items[0]["id"].as_str().unwrap()]);
    let outcomes: Vec<_> = described["history"].as_array().unwrap().iter().map(|a| a["outcome"].clone()).collect();
    assert!(
        outcomes.len() >= 3
            && outcomes.first() == Some(&"retryable".into())
            && outcomes.last() == Some(&"delivered".into())
    );
}

#[test]
fn nothing_goes_where_the_operator_permits_nothing() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    let plane = Plane::start();
    let user = plane.user("team");
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"] {
        let url = format!("url=http://{host}:{port}/x");
        let answer = user.json(2, &["integration", "registered", "add", "webhook", "--name", "no", "--opt", &url]);
        assert_eq!(answer["error"]["code"], "egress-refused", "{host}: {answer}");
    }
    assert!(canary.accept().is_err(), "somebody connected");
}
