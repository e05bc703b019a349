//! Pipes where files are wanted: nobody waits for what may never come.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::plane::{Plane, User};

/// Longest time that a refusal takes, with much to spare.
const AT_ONCE: Duration = Duration::from_secs(20);

/// The exit code, or nothing when it goes on and on.
fn ended(mut command: Command) -> Option<i32> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while began.elapsed() < AT_ONCE {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

fn attested(user: &User) {
    user.json(0, &["key", "generate", "--output", "k"]);
    user.json(0, &["att", "init", "--workflow", "w", "--project", "p"]);
    user.json(0, &["att", "push", "--key", "k.key", "--no-submit", "--bundle", "b.json"]);
    assert!(Command::new("mkfifo").arg(user.work().join("pipe")).status().unwrap().success());
}

#[test]
fn a_pipe_with_a_name_is_no_bundle_no_key_and_no_trust_root() {
    let plane = Plane::start();
    let user = plane.user("team");
    attested(&user);
    user.json(0, &["att", "verify", "--bundle", "b.json", "--key", "k.pub"]);
    for args in [
        &["--bundle", "pipe", "--key", "k.pub"][..],
        &["--bundle", "b.json", "--key", "pipe"],
        &["--bundle", "b.json", "--key", "k.pub", "--trust-root", "pipe"],
    ] {
        assert_eq!(ended(user.command(&[&["att", "verify"], args].concat())), Some(2), "{args:?}");
    }
}

#[test]
fn a_summary_that_nobody_reads_does_not_keep_a_push() {
    let plane = Plane::start();
    let user = plane.user("team");
    attested(&user);
    let mut push = user.command(&["att", "push"]);
    push.env("GITHUB_STEP_SUMMARY", user.work().join("pipe"));
    assert_eq!(ended(push), Some(0));
}
