use std::collections::HashSet;
use std::io::{self, Cursor, Read};

use assay_base::{Place, limits};
use flate2::read::MultiGzDecoder;

/// Most bytes that an archive may unpack to in memory (`archive-size`).
const UNPACKED: u64 = 256 << 20;
/// Most times that an archive may grow when it is unpacked (`archive-ratio`).
const RATIO: u64 = 100;
/// Growth is not judged below this many bytes: a small archive is mostly padding.
const RATIO_FROM: u64 = 1 << 20;
/// What recognition reads of a compressed archive at most.
const PEEK: u64 = 16 << 20;

/// An archive that is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not an archive, or a broken one.
    #[error("the archive cannot be read: {0}")]
    Broken(#[from] io::Error),
    /// Not a zip, or a broken or encrypted one.
    #[error("the archive cannot be read: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// More entries than are read.
    #[error("the archive has more than {limit} entries (limit `archive-entries`)", limit = limits::ARCHIVE_ENTRIES)]
    Entries,
    /// Larger than is unpacked.
    #[error("the archive unpacks to more than {UNPACKED} bytes (limit `archive-size`)")]
    Size,
    /// It grows like a bomb.
    #[error("the archive grows more than {RATIO} times when it is unpacked (limit `archive-ratio`)")]
    Ratio,
    /// An entry whose path leaves the archive, or is not text.
    #[error("the path of the entry `{name}` leaves the archive")]
    Path {
        /// The entry.
        name: String,
    },
    /// A link.
    #[error("the entry `{name}` is a link")]
    Link {
        /// The entry.
        name: String,
    },
    /// Two entries of one name: readers disagree about which one counts.
    #[error("the entry `{name}` is there twice")]
    Duplicate {
        /// The entry.
        name: String,
    },
}

impl ArchiveError {
    /// Archives have no lines: the place is the whole.
    pub(crate) fn place() -> Place {
        Place::pointer("")
    }
}

/// Whether the bytes begin as a zip or gzip file does.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    is_zip(bytes) || bytes.starts_with(&[0x1f, 0x8b])
}

/// Gives every file of a zip or tar.gz whose name ends in `.xml` to `take`, in the order of the archive, one at a time.
/// Nothing is ever written anywhere.
pub(crate) fn each_xml<E: From<ArchiveError>>(
    bytes: &[u8],
    mut take: impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut guard = Guard::new(bytes);
    if is_zip(bytes) { zip_entries(bytes, &mut guard, &mut take) } else { tar_entries(bytes, &mut guard, &mut take) }
}

/// The head of the first file whose name ends in `.xml`, where it stands near the beginning.
pub(crate) fn first_xml(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    if is_zip(bytes) {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
        let index = archive.file_names().position(|name| name.is_ok_and(|name| is_xml(&name)))?;
        archive.by_index(index).ok()?.take(1 << 16).read_to_end(&mut head).ok()?;
        return Some(head);
    }
    let mut archive = tar::Archive::new(MultiGzDecoder::new(bytes).take(PEEK));
    for entry in archive.entries().ok()?.take(limits::ARCHIVE_ENTRIES) {
        let entry = entry.ok()?;
        if entry.header().entry_type().is_file() && is_xml(&String::from_utf8_lossy(&entry.path_bytes())) {
            entry.take(1 << 16).read_to_end(&mut head).ok()?;
            return Some(head);
        }
    }
    None
}

fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

fn is_xml(name: &str) -> bool {
    // macOS leaves resource forks named `._x.xml` beside the files.
    let file = name.rsplit('/').next().unwrap_or(name);
    !file.starts_with("._") && file.len() > 4 && file.to_ascii_lowercase().ends_with(".xml")
}

fn zip_entries<E: From<ArchiveError>>(
    bytes: &[u8],
    guard: &mut Guard,
    take: &mut impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(ArchiveError::from)?;
    if archive.has_duplicate_names() {
        return Err(ArchiveError::Duplicate { name: "of the central directory".to_owned() }.into());
    }
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(ArchiveError::from)?;
        let name = entry.name().map_err(ArchiveError::from)?.into_owned();
        guard.entry(&name)?;
        if entry.is_symlink() {
            return Err(ArchiveError::Link { name }.into());
        }
        if entry.is_file() && is_xml(&name) {
            let content = guard.read(&mut entry)?;
            take(&name, &content)?;
        }
    }
    Ok(())
}

fn tar_entries<E: From<ArchiveError>>(
    bytes: &[u8],
    guard: &mut Guard,
    take: &mut impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    // The stream is limited as a whole: skipping an entry unpacks it too.
    let stream = MultiGzDecoder::new(bytes).take(guard.budget + 1);
    let mut archive = tar::Archive::new(stream);
    let entries = archive.entries().map_err(ArchiveError::from)?;
    for entry in entries {
        let mut entry = entry.map_err(ArchiveError::from)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        guard.entry(&name)?;
        if kind.is_symlink() || kind.is_hard_link() {
            return Err(ArchiveError::Link { name }.into());
        }
        guard.position(entry.raw_file_position().saturating_add(entry.size()))?;
        if kind.is_file() && is_xml(&name) {
            let content = guard.read(&mut entry)?;
            take(&name, &content)?;
        }
    }
    Ok(())
}

/// Counts what an archive costs.
struct Guard {
    names: HashSet<String>,
    entries: usize,
    /// Bytes that may be unpacked.
    budget: u64,
    used: u64,
}

impl Guard {
    fn new(bytes: &[u8]) -> Self {
        let grown = (bytes.len() as u64).saturating_mul(RATIO).max(RATIO_FROM);
        Self { names: HashSet::new(), entries: 0, budget: grown.min(UNPACKED), used: 0 }
    }

    fn entry(&mut self, name: &str) -> Result<(), ArchiveError> {
        self.entries += 1;
        if self.entries > limits::ARCHIVE_ENTRIES {
            return Err(ArchiveError::Entries);
        }
        let drive = name.as_bytes().get(1) == Some(&b':');
        let climbs = name.split(['/', '\\']).any(|part| part == "..");
        if name.starts_with(['/', '\\']) || drive || climbs || name.contains('\0') {
            return Err(ArchiveError::Path { name: name.to_owned() });
        }
        let plain = name.trim_start_matches("./").trim_end_matches('/').to_owned();
        if !self.names.insert(plain) {
            return Err(ArchiveError::Duplicate { name: name.to_owned() });
        }
        Ok(())
    }

    /// Refuses a position in the unpacked stream that the budget does not reach.
    fn position(&self, end: u64) -> Result<(), ArchiveError> {
        if end > self.budget { Err(self.over()) } else { Ok(()) }
    }

    fn read(&mut self, entry: &mut impl Read) -> Result<Vec<u8>, ArchiveError> {
        let mut content = Vec::new();
        let room = (self.budget - self.used).min(limits::JSON_BYTES as u64);
        let read = entry.take(room + 1).read_to_end(&mut content)? as u64;
        if read > room {
            return Err(self.over());
        }
        self.used += read;
        Ok(content)
    }

    fn over(&self) -> ArchiveError {
        if self.budget < UNPACKED { ArchiveError::Ratio } else { ArchiveError::Size }
    }
}
