//! A running server in a directory of its own, and clients of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What users of a plane encrypt their keys with.
pub(crate) const PASSWORD: &str = "a password of a test";

/// A server on a free port of loopback; it is stopped when this goes out of scope.
pub(crate) struct Plane {
    folder: TempDir,
    server: Child,
    pub(crate) url: String,
}

impl Plane {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With further options of `serve`.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (server, url) = serve(folder.path(), "127.0.0.1:0", options);
        Self { folder, server, url }
    }

    /// `kill -9`, and a new server on the same data and the same address.
    pub(crate) fn kill_and_restart(&mut self, options: &[&str]) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        let address = self.url.trim_start_matches("http://").to_owned();
        (self.server, self.url) = serve(self.folder.path(), &address, options);
    }

    pub(crate) fn owner_token(&self) -> String {
        fs::read_to_string(self.folder.path().join("data/owner.token")).unwrap().trim().to_owned()
    }

    /// A user with a home and a working directory of their own.
    pub(crate) fn user(&self, name: &str) -> User {
        let home = self.folder.path().join(name);
        fs::create_dir_all(home.join("work")).unwrap();
        User { home, url: self.url.clone(), token: self.owner_token() }
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // A test that failed has said so already.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Starts a server on the data of `folder` and waits until it is ready; answers its URL, too.
fn serve(folder: &Path, address: &str, options: &[&str]) -> (Child, String) {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("server.log")).unwrap();
    let mut server = command(folder)
        .args(["serve", "--listen", address, "--data-dir"])
        .arg(folder.join("data"))
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let log = || fs::read_to_string(folder.join("server.log")).unwrap();
    let url = line.trim().strip_prefix("ready ").unwrap_or_else(|| panic!("{line:?}\n{}", log())).to_owned();
    (server, url)
}

/// Somebody at a terminal.
pub(crate) struct User {
    home: PathBuf,
    url: String,
    pub(crate) token: String,
}

impl User {
    pub(crate) fn work(&self) -> PathBuf {
        self.home.join("work")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.work().join(name), text).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.home);
        command
            .args(args)
            .current_dir(self.work())
            .env("ASSAY_SERVER", &self.url)
            .env("ASSAY_TOKEN", &self.token)
            .env("ASSAY_SIGNING_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs with `-o json`, expects an exit code, and reads what was answered.
    pub(crate) fn json(&self, exit: i32, args: &[&str]) -> Value {
        let output = self.run(&[args, &["-o", "json"]].concat());
        let shown = format!(
            "assay {args:?}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(exit), "{shown}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{shown}"))
    }
}

/// A client of HTTP that goes straight to the server.
pub(crate) fn http() -> reqwest::Client {
    // Another test of the process may have installed it already.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The executable without anything of the environment that the tests run in.
fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command.env_clear().env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "share"), ("XDG_CACHE_HOME", "cache")] {
        command.env(name, home.join(folder));
    }
    command
}
