//! The commit that is checked out, read with the system's `git`.
//!
//! A repository is a stranger's: nothing of it is run (no hooks, no monitor, no filter), nothing is fetched, and what it
//! says about its remotes is stripped of credentials. Without `git`, or outside of a repository, there is no commit.

use std::path::Path;
use std::process::{Command, Stdio};

use assay_base::Timestamp;
use serde::{Deserialize, Serialize};

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Its hash: 40 hexadecimal digits, or 64 in a repository of the newer format.
    pub(crate) hash: String,
    /// The author's name.
    pub(crate) author_name: String,
    /// The author's mail address.
    pub(crate) author_email: String,
    /// When it was authored.
    pub(crate) date: Option<Timestamp>,
    /// The message.
    pub(crate) message: String,
    /// The armoured signature, when it is signed.
    pub(crate) signature: Option<String>,
    /// The remotes of the repository.
    pub(crate) remotes: Vec<Remote>,
}

/// A remote of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remote {
    /// Its name.
    pub(crate) name: String,
    /// Its address, without credentials.
    pub(crate) url: String,
}

/// The commit that is checked out in `directory`, if there is one.
pub(crate) fn head(directory: &Path) -> Option<Head> {
    let hash = run(directory, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?.trim().to_owned();
    let hexadecimal = hash.bytes().all(|b| b.is_ascii_hexdigit());
    if !hexadecimal || ![40, 64].contains(&hash.len()) {
        return None;
    }
    let commit = run(directory, &["cat-file", "commit", &hash])?;
    let remotes = run(directory, &["config", "--local", "--get-regexp", r"^remote\..*\.url$"]).unwrap_or_default();
    Some(Head { remotes: read_remotes(&remotes), ..read_commit(hash, &commit) })
}

/// The output of a `git` command, when it succeeds.
fn run(directory: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        // A checkout that belongs to another user is the rule in containers; nothing of it is executed.
        .args(["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["-c", "protocol.allow=never", "--no-replace-objects", "--no-pager"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Reads a commit object (git's `Documentation/technical`, "commit": headers, continued by a leading space, an empty
/// line, and the message).
fn read_commit(hash: String, text: &str) -> Head {
    let (headers, message) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut head = Head {
        hash,
        author_name: String::new(),
        author_email: String::new(),
        date: None,
        message: message.trim_end().to_owned(),
        signature: None,
        remotes: Vec::new(),
    };
    for (key, value) in unfolded(headers) {
        if key == "author" {
            read_author(&mut head, &value);
        } else if ["gpgsig", "gpgsig-sha256"].contains(&key.as_str()) {
            head.signature = Some(value);
        }
    }
    head
}

/// The headers with their continuation lines joined.
fn unfolded(headers: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in headers.lines() {
        if let (Some(more), Some((_, value))) = (line.strip_prefix(' '), out.last_mut()) {
            value.push('\n');
            value.push_str(more);
        } else {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            out.push((key.to_owned(), value.to_owned()));
        }
    }
    out
}

/// `Name <mail> seconds zone`.
fn read_author(head: &mut Head, value: &str) {
    let Some((name, rest)) = value.split_once(" <").or_else(|| value.split_once('<')) else { return };
    let Some((email, time)) = rest.split_once('>') else { return };
    name.trim().clone_into(&mut head.author_name);
    email.clone_into(&mut head.author_email);
    let seconds = time.split_whitespace().next().and_then(|seconds| seconds.parse::<i64>().ok());
    head.date = seconds.map(|seconds| Timestamp::from_micros(seconds.saturating_mul(1_000_000)));
}

/// Lines `remote.<name>.url <url>`.
fn read_remotes(text: &str) -> Vec<Remote> {
    let remote = |line: &str| {
        let (key, url) = line.split_once(' ')?;
        let name = key.strip_prefix("remote.")?.strip_suffix(".url")?;
        Some(Remote { name: name.to_owned(), url: without_credentials(url) })
    };
    text.lines().filter_map(remote).collect()
}

/// `scheme://user:password@host/…` without what stands before the `@`; the form `user@host:path` holds no secret.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "tree 0000\nparent 1111\nauthor Ann B. <ann@example.org> 1767323045 +0100\ncommitter C <c@d> 1 +0000\n\
        gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\nA subject\n\nAnd a body\n";

    #[test]
    fn a_commit_is_read() {
        let head = read_commit("a".repeat(40), COMMIT);
        assert_eq!((head.author_name.as_str(), head.author_email.as_str()), ("Ann B.", "ann@example.org"));
        assert_eq!(head.date.map(|d| d.to_string()).as_deref(), Some("2026-01-02T03:04:05.000000Z"));
        assert_eq!(head.message, "A subject\n\nAnd a body");
        assert_eq!(
            head.signature.as_deref(),
            Some("-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----")
        );
    }

    #[test]
    fn remotes_lose_their_credentials() {
        let cases = [
            ("https://u:p@h.example/a.git", "https://h.example/a.git"),
            ("https://token@h.example:8443/a", "https://h.example:8443/a"),
            ("https://a@b:c@h/x@y", "https://h/x@y"),
            ("https://h/a@b", "https://h/a@b"),
            ("git@github.com:acme/app.git", "git@github.com:acme/app.git"),
            ("https://u:p@h", "https://h"),
        ];
        for (url, clean) in cases {
            assert_eq!(without_credentials(url), clean, "{url}");
        }
        let remotes = read_remotes("remote.origin.url https://u:p@h/a\nremote.a.b.url /srv/x\n");
        assert_eq!(remotes[0], Remote { name: "origin".to_owned(), url: "https://h/a".to_owned() });
        assert_eq!(remotes[1].name, "a.b");
    }

    #[test]
    fn no_repository_is_no_commit() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(head(directory.path()), None);
    }

    #[test]
    fn a_repository_that_wants_to_run_something_runs_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (path, mark) = (directory.path(), directory.path().join("ran"));
        let git = |arguments: &[&str]| Command::new("git").args(arguments).current_dir(path).output();
        let Ok(made) = git(&["init", "-q"]) else { return };
        assert!(made.status.success());
        let mail = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"];
        git(&mail).unwrap();
        let monitor = format!("touch {}", mark.display());
        for key in ["core.fsmonitor", "core.pager", "core.sshCommand"] {
            git(&["config", key, &monitor]).unwrap();
        }
        assert_eq!(head(path).map(|head| head.message).as_deref(), Some("x"));
        assert!(!mark.exists());
    }
}
