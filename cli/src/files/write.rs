use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::read::handed_over;

/// What others may do with a new file, before the user's own mask takes from it.
const MODE: u32 = 0o644;
/// Links that are followed one after the other; as many as Linux follows (`path_resolution(7)`).
const LINKS: usize = 40;

/// A file that is being written. Its place is not touched before everything has been written.
#[derive(Debug)]
pub(crate) struct Pending {
    spool: NamedTempFile,
    place: Place,
}

/// How the bytes get to where they belong.
#[derive(Debug)]
enum Place {
    /// The file is exchanged for the new one.
    Exchanged(PathBuf),
    /// A device, a pipe or an open file: the bytes are written into it.
    Through(PathBuf),
}

impl Pending {
    /// Begins to write to `path`. Links are followed; a file that exists keeps its mode.
    ///
    /// # Errors
    /// When there is no such folder, or nothing may be written there.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let about = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            about => Some(about?),
        };
        match about {
            Some(about) if about.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Some(about) if !about.is_file() || handed_over(path) || path == Path::new("/dev/stdout") => {
                Ok(Self { spool: NamedTempFile::new()?, place: Place::Through(path.to_owned()) })
            }
            about => Self::beside(follow(path)?, about.as_ref()),
        }
    }

    fn beside(path: PathBuf, known: Option<&Metadata>) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let spool = tempfile::Builder::new().permissions(Permissions::from_mode(MODE)).tempfile_in(folder)?;
        if let Some(known) = known {
            spool.as_file().set_permissions(Permissions::from_mode(known.mode() & 0o777))?;
        }
        Ok(Self { spool, place: Place::Exchanged(path) })
    }

    /// What is written to.
    pub(crate) fn file(&mut self) -> &mut File {
        self.spool.as_file_mut()
    }

    /// Puts what was written where it belongs.
    ///
    /// # Errors
    /// When the disk or the device refuses.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match &self.place {
            Place::Exchanged(path) => {
                self.spool.as_file().sync_all()?;
                self.spool.persist(path).map_err(|error| error.error).map(drop)
            }
            Place::Through(path) => {
                let mut into = File::options().append(true).open(path)?;
                self.spool.rewind()?;
                io::copy(self.spool.as_file_mut(), &mut into)?;
                into.flush()
            }
        }
    }
}

/// Opens a file to write at its end, and makes it when there is none; what others share is not replaced. A pipe that nobody
/// reads is an error at once, and one that nobody empties is an error when it is full.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn open_to_append(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    File::options().append(true).create(true).custom_flags(flags).open(path)
}

/// The file that a path stands for in the end, which need not exist yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            // It is no link, or nothing yet.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link to itself"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt as _, symlink};

    use super::*;

    fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut pending = Pending::new(path)?;
        pending.file().write_all(bytes)?;
        pending.finish()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_device_stays_a_device() {
        write(Path::new("/dev/null"), b"x").unwrap();
        assert!(fs::symlink_metadata("/dev/null").unwrap().file_type().is_char_device());
        assert!(write(Path::new("/dev/full"), b"x").is_err());
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        symlink("/dev/null", &link).unwrap();
        write(&link, b"x").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata(&link).unwrap().file_type().is_char_device());
    }

    #[test]
    fn a_pipe_gets_the_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write(&pipe, b"bytes").unwrap();
        assert_eq!(reader.join().unwrap(), b"bytes");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn nobody_waits_for_the_reader_of_what_is_appended() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, file) = (dir.path().join("pipe"), dir.path().join("file"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open_to_append(&pipe).is_err());
        for text in ["a", "b"] {
            open_to_append(&file).unwrap().write_all(text.as_bytes()).unwrap();
        }
        assert_eq!(fs::read(&file).unwrap(), b"ab");
        assert!(open_to_append(Path::new("/dev/full")).unwrap().write_all(b"x").is_err());
    }

    #[test]
    fn a_link_is_followed_and_a_mode_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (target, link, dangling) =
            (dir.path().join("t/file"), dir.path().join("link"), dir.path().join("dangling"));
        fs::create_dir(dir.path().join("t")).unwrap();
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o604)).unwrap();
        symlink("t/file", &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!((fs::read(&target).unwrap().as_slice(), mode(&target)), (b"new".as_slice(), 0o604));
        symlink("t/fresh", &dangling).unwrap();
        write(&dangling, b"f").unwrap();
        let fresh = dir.path().join("t/fresh");
        assert!(
            fs::symlink_metadata(&dangling).unwrap().is_symlink() && fs::symlink_metadata(&fresh).unwrap().is_file()
        );
        assert_eq!(mode(&fresh) & !0o644, 0, "no more than anybody may read");
        assert_ne!(mode(&fresh) & 0o400, 0);
        symlink("loop", dir.path().join("loop")).unwrap();
        assert!(write(&dir.path().join("loop"), b"x").is_err());
        assert!(write(dir.path(), b"x").is_err());
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "old").unwrap();
        let mut pending = Pending::new(&path).unwrap();
        pending.file().write_all(b"half").unwrap();
        drop(pending);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
