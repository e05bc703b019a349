//! What a user waits for when nothing is warm: a process, a server.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::plane::{Plane, assay};
use crate::{median, millis, say, timed};

const RUNS: usize = 21;

pub(crate) fn measure() {
    let home = tempfile::tempdir().unwrap();
    let nothing = process(|| Command::new("true"));
    let version = process(|| {
        let mut command = assay(home.path());
        command.arg("--version");
        command
    });
    say(&format!("| `assay --version`, cold process | {} | `true`: {} |", millis(version), millis(nothing)));
    let first = Plane::start(tempfile::tempdir().unwrap());
    let first_start = first.started_in;
    let second = Plane::start(first.stop());
    say(&format!(
        "| server, process start to ready: second start | {} | first start (keys, schema): {} |",
        millis(second.started_in),
        millis(first_start)
    ));
    std::thread::sleep(Duration::from_secs(2));
    say(&format!("| server, idle resident memory | {} MiB | |", second.memory_kib("VmRSS") / 1024));
}

/// The median time of a whole process.
pub(crate) fn process(command: impl Fn() -> Command) -> Duration {
    let run = || {
        timed(|| {
            let status = command().stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            assert!(status.code().is_some());
        })
    };
    run();
    median((0..RUNS).map(|_| run()).collect())
}
