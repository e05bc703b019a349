//! The commit that is checked out, read with the system's `git`.
//!
//! A repository is a stranger's: nothing of it is run (no hooks, no monitor, no filter), nothing is fetched, and what it
//! says about its remotes is stripped of credentials. Without `git`, or outside of a repository, there is no commit.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use assay_base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address;

/// Longest wait for one `git` command.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes that one `git` command may write.
const LIMIT: u64 = 1 << 20;
/// The seconds of the years 1 to 9999, which RFC 3339 can write; the last day is left to the time zones.
const SECONDS: std::ops::Range<i64> = -62_135_596_800..253_402_214_400;

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

/// Why nothing is known of a repository that may be there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// It takes too long.
    #[error("`git` did not answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// It says too much.
    #[error("`git` answered more than {0} bytes")]
    Size(u64),
}

/// The commit that is checked out in `directory`, if there is one.
///
/// # Errors
/// [`GitError`] when `git` does not come to an end.
pub(crate) fn head(directory: &Path) -> Result<Option<Head>, GitError> {
    let names = || std::env::vars_os().map(|(name, _)| name);
    let run = |arguments: &[&str]| answer(command(directory, arguments, names()), PATIENCE);
    let Some(hash) = run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])? else { return Ok(None) };
    let hash = hash.trim().to_owned();
    let hexadecimal = hash.bytes().all(|b| b.is_ascii_hexdigit());
    if !hexadecimal || ![40, 64].contains(&hash.len()) {
        return Ok(None);
    }
    let Some(commit) = run(&["cat-file", "commit", &hash])? else { return Ok(None) };
    let remotes = run(&["config", "--local", "--get-regexp", r"^remote\..*\.url$"])?.unwrap_or_default();
    Ok(Some(Head { remotes: read_remotes(&remotes), ..read_commit(hash, &commit) }))
}

/// A `git` command that runs nothing of the repository, asks nobody, and is told none of our secrets: of the variables
/// with these names it does not get ours.
fn command(directory: &Path, arguments: &[&str], names: impl Iterator<Item = OsString>) -> Command {
    let mut command = Command::new("git");
    command
        // A checkout that belongs to another user is the rule in containers; nothing of it is executed.
        .args(["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["-c", "protocol.allow=never", "--no-replace-objects", "--no-pager"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0");
    for name in names.filter(|name| name.as_encoded_bytes().starts_with(b"ASSAY_")) {
        command.env_remove(name);
    }
    command
}

/// What a command writes, when it succeeds.
fn answer(mut command: Command, patience: Duration) -> Result<Option<String>, GitError> {
    let deadline = Instant::now() + patience;
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    // Without `git` there is no commit.
    let Ok(mut child) = spawned else { return Ok(None) };
    let written = output(&mut child, deadline);
    let status = written.as_ref().is_some_and(|bytes| bytes.len() as u64 <= LIMIT).then(|| ended(&mut child, deadline));
    let status = status.flatten();
    if status.is_none() {
        // It may have ended by itself in the meantime.
        drop(child.kill());
        drop(child.wait());
    }
    match (written, status) {
        (Some(bytes), _) if bytes.len() as u64 > LIMIT => Err(GitError::Size(LIMIT)),
        (Some(bytes), Some(status)) => Ok(status.success().then(|| String::from_utf8_lossy(&bytes).into_owned())),
        _ => Err(GitError::Timeout(patience)),
    }
}

/// What a child writes until it closes its output, or one byte more than is taken; nothing when it takes too long.
fn output(child: &mut Child, deadline: Instant) -> Option<Vec<u8>> {
    let out = child.stdout.take()?;
    let (tell, told) = mpsc::channel();
    // A thread, because a pipe cannot be read with a time limit. It ends with the child.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = out.take(LIMIT + 1).read_to_end(&mut bytes);
        // Nobody listens any more when it took too long.
        drop(tell.send(read.map(|_| bytes)));
    });
    told.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()?.ok()
}

/// How a child ended, unless it goes on for too long.
fn ended(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    }
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
    head.date = seconds.filter(|seconds| SECONDS.contains(seconds)).map(|s| Timestamp::from_micros(s * 1_000_000));
}

/// Lines `remote.<name>.url <url>`.
fn read_remotes(text: &str) -> Vec<Remote> {
    let remote = |line: &str| {
        let (key, url) = line.split_once(' ')?;
        let name = key.strip_prefix("remote.")?.strip_suffix(".url")?;
        Some(Remote { name: name.to_owned(), url: address::of_remote(url) })
    };
    text.lines().filter_map(remote).collect()
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
        let remotes = read_remotes("remote.origin.url https://u:p@h/a?token=x\nremote.a.b.url /srv/x\n");
        assert_eq!(remotes[0], Remote { name: "origin".to_owned(), url: "https://h/a".to_owned() });
        assert_eq!(remotes[1].name, "a.b");
    }

    #[test]
    fn a_date_that_cannot_be_written_is_left_out() {
        for seconds in ["9223372036854775807", "253402300800", "-99999999999999", "99999999999999999999", "x"] {
            let text = COMMIT.replace("1767323045", seconds);
            assert_eq!(read_commit("a".repeat(40), &text).date, None, "{seconds}");
        }
    }

    #[test]
    fn git_does_not_get_our_secrets() {
        let names = ["ASSAY_TOKEN", "ASSAY_SIGNING_PASSWORD", "PATH"].map(OsString::from);
        let command = command(Path::new("."), &[], names.into_iter());
        let gone: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
        assert_eq!(gone, ["ASSAY_SIGNING_PASSWORD", "ASSAY_TOKEN"]);
    }

    #[test]
    fn a_child_that_does_not_end_or_stop_is_given_up() {
        let shell = |script: &str, patience| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            answer(command, patience)
        };
        let (short, long) = (Duration::from_millis(200), Duration::from_secs(20));
        assert!(matches!(shell("sleep 30", short), Err(GitError::Timeout(_))));
        assert!(matches!(shell("exec >&-; sleep 30", short), Err(GitError::Timeout(_))));
        assert!(matches!(shell("yes", long), Err(GitError::Size(_))));
        assert_eq!(shell("echo x", long).unwrap().as_deref(), Some("x\n"));
        assert_eq!(shell("exit 1", long).unwrap(), None);
        assert_eq!(answer(Command::new("/nonexistent"), long).unwrap(), None);
    }

    #[test]
    fn no_repository_is_no_commit() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(head(directory.path()).unwrap(), None);
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
        assert_eq!(head(path).unwrap().map(|head| head.message).as_deref(), Some("x"));
        assert!(!mark.exists());
    }
}
