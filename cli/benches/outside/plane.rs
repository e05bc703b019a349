//! A server to measure, and the executable to run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) struct Plane {
    pub(crate) folder: TempDir,
    server: Child,
    pub(crate) url: String,
    pub(crate) started_in: Duration,
}

impl Plane {
    pub(crate) fn start(folder: TempDir) -> Self {
        let start = Instant::now();
        let mut server = assay(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path().join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started_in = start.elapsed();
        let url = line.trim().strip_prefix("ready ").unwrap().to_owned();
        Self { folder, server, url, started_in }
    }

    pub(crate) fn token(&self) -> String {
        fs::read_to_string(self.folder.path().join("data/owner.token")).unwrap().trim().to_owned()
    }

    /// A field of `/proc/PID/status`, in KiB.
    pub(crate) fn memory_kib(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Runs the executable as a user of this server.
    pub(crate) fn run(&self, args: &[&str]) -> std::process::Output {
        assay(self.folder.path())
            .args(args)
            .current_dir(self.folder.path())
            .env("ASSAY_SERVER", &self.url)
            .env("ASSAY_TOKEN", self.token())
            .output()
            .unwrap()
    }

    /// Stops the server and leaves its data.
    pub(crate) fn stop(mut self) -> TempDir {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

pub(crate) fn assay(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    command
}
