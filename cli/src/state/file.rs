use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::{State, VERSION};
use crate::files::open_regular;

/// The folder of the state, in the working directory.
const FOLDER: &str = ".assay";
/// The file in it.
const FILE: &str = "attestation.json";
/// How long a command waits for another one to end, as the steps of a pipeline run side by side.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 10 });
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// Largest state that is read: materials of up to 1 MiB may travel in it.
const LIMIT: u64 = 1 << 30;

/// Why the state cannot be had or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// No run was opened here.
    #[error("no attestation is being made here: there is no `{}`", .0.display())]
    Absent(PathBuf),
    /// A run was opened here before.
    #[error("an attestation is being made here already: `{}`", .0.display())]
    Present(PathBuf),
    /// Another command is at work.
    #[error("another `assay` works on `{}` right now", .0.display())]
    Locked(PathBuf),
    /// Written by another version, or by hand.
    #[error("`{}` cannot be read: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Of a version that is not known.
    #[error("`{}` has the format {found}, this executable knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// A link stands where the state or its folder is to be: it may lead to somebody else's file.
    #[error("`{}` is a link, which is not followed", .0.display())]
    Link(PathBuf),
    /// The disk failed.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where the state is: where the user says, or `.assay/attestation.json` in `directory` or above it as far as the folder
/// that holds `.git`. Outside of a repository nothing above is looked at, because it may be anybody's.
pub(crate) fn locate(given: Option<&Path>, directory: &Path) -> PathBuf {
    if let Some(given) = given {
        return directory.join(given);
    }
    let here = directory.join(FOLDER).join(FILE);
    let Some(depth) = directory.ancestors().position(|above| above.join(".git").exists()) else { return here };
    let candidates = directory.ancestors().take(depth + 1).map(|above| above.join(FOLDER).join(FILE));
    candidates.into_iter().find(|candidate| candidate.exists()).unwrap_or(here)
}

/// The state's place, held by this process alone until it is dropped.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// Takes the place, and makes its folder when there is none.
    ///
    /// # Errors
    /// [`StateError::Locked`] when another process has it, [`StateError::Io`].
    pub(crate) fn create(path: PathBuf) -> Result<Self, StateError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|source| StateError::Io { path: folder.to_owned(), source })?;
        }
        Self::lock(path)
    }

    /// Takes the place of a state that exists.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is none, and as [`Self::create`].
    pub(crate) fn open(path: PathBuf) -> Result<Self, StateError> {
        if path.exists() { Self::lock(path) } else { Err(StateError::Absent(path)) }
    }

    fn lock(path: PathBuf) -> Result<Self, StateError> {
        let lock = beside(&path, "lock");
        [path.parent().filter(|folder| folder.ends_with(FOLDER)), Some(&path), Some(&lock)]
            .into_iter()
            .flatten()
            .try_for_each(refuse_link)?;
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).write(true).mode(0o600);
        // A link that was put there since then is refused by the system; a pipe is not waited for.
        let file = options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()).open(&lock);
        let file = file.map_err(|source| StateError::Io { path: lock.clone(), source })?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { path, _lock: file }),
                Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(PAUSE),
                Err(fs::TryLockError::WouldBlock) => return Err(StateError::Locked(path)),
                Err(fs::TryLockError::Error(source)) => return Err(StateError::Io { path: lock, source }),
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Says no when a state is there.
    ///
    /// # Errors
    /// [`StateError::Present`].
    pub(crate) fn refuse_existing(&self) -> Result<(), StateError> {
        if self.path.exists() { Err(StateError::Present(self.path.clone())) } else { Ok(()) }
    }

    /// Reads the state.
    ///
    /// # Errors
    /// [`StateError`] when there is none, or none that can be read.
    pub(crate) fn load(&self) -> Result<State, StateError> {
        let path = || self.path.clone();
        let mut bytes = Vec::new();
        let read = open_regular(&self.path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(StateError::Absent(path())),
            Err(source) => return Err(StateError::Io { path: path(), source }),
            Ok(_) => {}
        }
        let format = |source| StateError::Format { path: path(), source };
        let head: Head = serde_json::from_slice(&bytes).map_err(format)?;
        if head.version != u64::from(VERSION) {
            return Err(StateError::Version { path: path(), found: head.version });
        }
        serde_json::from_slice(&bytes).map_err(format)
    }

    /// Writes the state: whole, or not at all.
    ///
    /// # Errors
    /// [`StateError::Io`] when the disk refuses.
    pub(crate) fn save(&self, state: &State) -> Result<(), StateError> {
        let bytes =
            serde_json::to_vec(state).map_err(|source| StateError::Format { path: self.path.clone(), source })?;
        write_whole(&self.path, &bytes).map_err(|source| StateError::Io { path: self.path.clone(), source })
    }

    /// Forgets the state, and the bundle that was kept with it. Absent is fine.
    ///
    /// # Errors
    /// [`StateError::Io`] when the disk refuses.
    pub(crate) fn remove(&self) -> Result<(), StateError> {
        self.forget_bundle()?;
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StateError::Io { path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

fn refuse_link(path: &Path) -> Result<(), StateError> {
    if path.is_symlink() { Err(StateError::Link(path.to_owned())) } else { Ok(()) }
}

/// What every version of the file has.
#[derive(serde::Deserialize)]
struct Head {
    version: u64,
}

/// Writes a file of its owner beside `path` and moves it there.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is made 0600, under a name that nobody can foresee.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The file of that name with another extension behind it.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_state_is_found_upward_to_the_repository_and_no_further() {
        let root = tempfile::tempdir().unwrap();
        let (repository, inner) = (root.path().join("r"), root.path().join("r/a/b"));
        fs::create_dir_all(&inner).unwrap();
        for folder in [root.path(), &repository] {
            fs::create_dir(folder.join(FOLDER)).unwrap();
            fs::write(folder.join(FOLDER).join(FILE), "x").unwrap();
        }
        assert_eq!(locate(None, &inner), inner.join(".assay/attestation.json"), "no repository: only here");
        fs::create_dir(repository.join(".git")).unwrap();
        assert_eq!(locate(None, &inner), repository.join(".assay/attestation.json"));
        fs::remove_dir_all(repository.join(FOLDER)).unwrap();
        assert_eq!(locate(None, &inner), inner.join(".assay/attestation.json"), "above the repository is not ours");
        assert_eq!(locate(Some(Path::new("s.json")), &inner), inner.join("s.json"));
    }

    #[test]
    fn a_link_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (folder, elsewhere) = (root.path().join(FOLDER), root.path().join("elsewhere"));
        let path = folder.join(FILE);
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
        assert!(matches!(StateFile::create(path.clone()), Err(StateError::Link(link)) if link == folder));
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        let target = elsewhere.join("target");
        for name in ["attestation.json.lock", FILE] {
            let link = folder.join(name);
            std::os::unix::fs::symlink(&target, &link).unwrap();
            assert!(matches!(StateFile::create(path.clone()), Err(StateError::Link(found)) if found == link), "{name}");
            assert!(!target.exists(), "{name}");
            fs::remove_file(&link).unwrap();
        }
        assert!(StateFile::create(path).is_ok());
    }

    #[test]
    fn it_is_its_owners_alone_and_one_command_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(FOLDER).join(FILE);
        assert!(matches!(StateFile::open(path.clone()), Err(StateError::Absent(_))));
        let file = StateFile::create(path.clone()).unwrap();
        write_whole(&path, b"{\"version\": 7}").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(matches!(StateFile::open(path.clone()), Err(StateError::Locked(_))));
        assert!(matches!(file.refuse_existing(), Err(StateError::Present(_))));
        assert!(matches!(file.load(), Err(StateError::Version { found: 7, .. })));
        drop(file);
        let file = StateFile::open(path.clone()).unwrap();
        fs::write(&path, "{").unwrap();
        assert!(matches!(file.load(), Err(StateError::Format { .. })));
        file.remove().unwrap();
        file.remove().unwrap();
        assert!(matches!(file.load(), Err(StateError::Absent(_))));
    }
}
