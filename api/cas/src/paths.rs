use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use assay_base::{Digest, OrgId};
use assay_ports::OldBlob;

/// The folder of an organization that holds what is not a blob yet. No blob has a folder of this name.
const UNFINISHED: &str = "tmp";

/// Where everything lies.
#[derive(Debug)]
pub(crate) struct Paths {
    root: PathBuf,
    /// Names of unfinished files. One process owns the folder, so counting is enough.
    counter: AtomicU64,
}

impl Paths {
    /// Makes the root, and removes what a process that died left unfinished.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        make_folder(root)?;
        for org in fs::read_dir(root)? {
            match fs::remove_dir_all(org?.path().join(UNFINISHED)) {
                Err(error) if !is_absent(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(Self { root: root.to_owned(), counter: AtomicU64::new(0) })
    }

    /// The file of a blob.
    pub(crate) fn blob(&self, org: OrgId, digest: Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join(org.to_string()).join(&hex[..2]).join(&hex[2..])
    }

    /// A name for a file that is not a blob yet, in a folder that exists.
    pub(crate) fn unfinished(&self, org: OrgId) -> io::Result<PathBuf> {
        let folder = self.root.join(org.to_string()).join(UNFINISHED);
        make_folder(&folder)?;
        Ok(folder.join(self.counter.fetch_add(1, Ordering::Relaxed).to_string()))
    }

    /// Every blob, with its file.
    pub(crate) fn blobs(&self) -> io::Result<impl Iterator<Item = io::Result<(OldBlob, PathBuf)>>> {
        let folders = entries(&self.root)?.flat_map(|org| flatten(org.and_then(|org| entries(&org))));
        let files = folders.flat_map(|folder| flatten(folder.and_then(|folder| entries(&folder))));
        Ok(files.filter_map(|file| file.map(|file| Some((blob_of(&file)?, file))).transpose()))
    }
}

/// The blob that a path names; nothing for files that are not ours.
fn blob_of(file: &Path) -> Option<OldBlob> {
    let mut names = file.components().rev().map(|name| name.as_os_str().to_str());
    let (rest, first, org) = (names.next()??, names.next()??, names.next()??);
    Some(OldBlob { org: org.parse().ok()?, digest: Digest::from_hex(&format!("{first}{rest}")).ok()? })
}

fn entries(folder: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<PathBuf>>>> {
    if !folder.is_dir() {
        return Ok(Box::new(std::iter::empty()));
    }
    Ok(Box::new(fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()))))
}

fn flatten(
    entries: io::Result<Box<dyn Iterator<Item = io::Result<PathBuf>>>>,
) -> Box<dyn Iterator<Item = io::Result<PathBuf>>> {
    entries.unwrap_or_else(|error| Box::new(std::iter::once(Err(error))))
}

/// Makes a folder for its owner only, with those above it, so that they survive a loss of power.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make_folder(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        // Somebody else made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_folder(above.unwrap_or(Path::new("."))),
    }
}

/// Flushes the names in a folder to disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether the error says that there is nothing of that name.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    // A stray file in the root has no folder in it.
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
