use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use assay_base::limits;
use assay_wire::Exit;
use rustix::fs::OFlags;

use crate::error::CliError;

/// The most that is read of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// What the limit is called; it is the code of the error.
    name: &'static str,
    bytes: u64,
}

impl Limit {
    /// A contract, a policy or a gate.
    pub(crate) const DOCUMENT: Self = Self { name: "document-size", bytes: limits::DOCUMENT_BYTES as u64 };
    /// A signed bundle.
    pub(crate) const BUNDLE: Self = Self { name: "bundle-size", bytes: limits::BUNDLE_BYTES as u64 };
    /// The component of an integration.
    pub(crate) const COMPONENT: Self = Self { name: "component-size", bytes: crate::image::COMPONENT_BYTES as u64 };
    /// A file of a few lines: a token, a key, a configuration.
    pub(crate) const LINES: Self = Self { name: "file-size", bytes: 64 << 10 };
    /// Certificates: a chain, a trust root.
    pub(crate) const CHAIN: Self = Self { name: "file-size", bytes: 4 << 20 };
}

/// Opens a regular file. It is looked at before it is opened, because to open a pipe is to wait for its other end, and
/// after it, because it may have been exchanged.
///
/// # Errors
/// When it cannot be opened; [`io::ErrorKind::InvalidInput`] for what is not a regular file.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(special());
    }
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(special()) }
}

/// The bytes of a regular file.
///
/// # Errors
/// [`CliError`] with exit 2 when it is absent, no regular file or larger than `limit`.
pub(crate) fn bytes(path: &Path, limit: Limit) -> Result<Vec<u8>, CliError> {
    let file = open_regular(path).map_err(|error| CliError::file("read", path, error))?;
    bounded(file, path, limit)
}

/// The text of a regular file.
///
/// # Errors
/// As [`bytes`], and exit 2 when it is not UTF-8.
pub(crate) fn text(path: &Path, limit: Limit) -> Result<String, CliError> {
    utf8(bytes(path, limit)?, path)
}

/// The bytes of a file that somebody named on the command line: a regular one, or a pipe that the shell has handed over,
/// as `<(…)` and `/dev/stdin` do. A pipe with a name is refused: nobody may ever write to it.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn given_bytes(path: &Path, limit: Limit) -> Result<Vec<u8>, CliError> {
    let pipe = handed_over(path) && std::fs::metadata(path).is_ok_and(|about| about.file_type().is_fifo());
    if !pipe {
        return bytes(path, limit);
    }
    let file = File::open(path).map_err(|error| CliError::file("read", path, error))?;
    bounded(file, path, limit)
}

/// The text of a file that somebody named on the command line.
///
/// # Errors
/// As [`given_bytes`], and exit 2 when it is not UTF-8.
pub(crate) fn given_text(path: &Path, limit: Limit) -> Result<String, CliError> {
    utf8(given_bytes(path, limit)?, path)
}

/// The text on standard input.
///
/// # Errors
/// [`CliError`] with exit 2 when it is larger than `limit` or not UTF-8.
pub(crate) fn stdin_text(limit: Limit) -> Result<String, CliError> {
    let path = Path::new("-");
    utf8(bounded(io::stdin().lock(), path, limit)?, path)
}

/// Whether a path names a file that is open already.
pub(super) fn handed_over(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder))
}

fn bounded(source: impl Read, path: &Path, limit: Limit) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = source.take(limit.bytes + 1).read_to_end(&mut bytes);
    read.map_err(|error| CliError::file("read", path, error))?;
    if bytes.len() as u64 > limit.bytes {
        let (name, most) = (limit.name, limit.bytes);
        let message = format!("`{}` has more than {most} bytes (limit `{name}`)", path.display());
        return Err(CliError::new(Exit::Invalid, name, message));
    }
    Ok(bytes)
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String, CliError> {
    String::from_utf8(bytes).map_err(|error| {
        CliError::new(Exit::Invalid, "document-encoding", format!("`{}` is not UTF-8", path.display())).because(error)
    })
}

fn special() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;

    use super::*;

    const FOUR: Limit = Limit { name: "four", bytes: 4 };

    #[test]
    fn what_never_ends_or_never_begins_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, link) = (dir.path().join("pipe"), dir.path().join("link.yaml"));
        let done = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(done.success());
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for path in [pipe.as_path(), &link, dir.path(), Path::new("/dev/zero")] {
            for read in [bytes, given_bytes] {
                let error = read(path, Limit::DOCUMENT).unwrap_err();
                assert_eq!(error.exit(), Exit::Invalid, "{}", path.display());
                let name = path.display().to_string();
                let message = error.message();
                assert!(message.contains(&name) && message.contains("not a regular file"), "{message}");
            }
        }
    }

    #[test]
    fn a_limit_is_named_with_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "1234").unwrap();
        assert_eq!(text(&path, FOUR).unwrap(), "1234");
        std::fs::write(&path, "12345").unwrap();
        let error = text(&path, FOUR).unwrap_err();
        let (message, name) = (error.message(), path.display().to_string());
        assert!(message.contains(&name) && message.contains("4 bytes") && message.contains("`four`"), "{message}");
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(text(&path, FOUR).unwrap_err().code(), "document-encoding");
    }

    #[test]
    fn a_pipe_of_the_shell_is_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"abcd").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(given_text(Path::new(&path), FOUR).unwrap(), "abcd");
        assert!(bytes(Path::new(&path), FOUR).is_err());
    }
}
