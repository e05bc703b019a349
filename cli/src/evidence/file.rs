use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};

use assay_base::{Digest, Hasher, MaterialKind, limits};
use assay_material::{Inspection, MaterialError, Strictness, inspect};
use bytes::Bytes;

use crate::files::open_regular;

/// How much of a file is read at once.
const PIECE: usize = 256 << 10;

/// A piece of evidence: what it is, and its bytes.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// The digest of its bytes.
    pub(crate) digest: Digest,
    /// How many they are.
    pub(crate) size: u64,
    /// What it turned out to be.
    pub(crate) inspection: Inspection,
    /// Its bytes.
    pub(crate) source: Source,
}

/// Where the bytes of a piece of evidence are.
#[derive(Debug)]
pub(crate) enum Source {
    /// In memory.
    Memory(Bytes),
    /// In a file: whoever sends it names the digest, and what was changed meanwhile is refused there.
    File(PathBuf),
}

/// Why a file is not evidence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvidenceError {
    /// It cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a pipe, a socket or a device.
    #[error("`{}` is not a regular file", .0.display())]
    Special(PathBuf),
    /// It is too large to be read as its kind.
    #[error("`{}` has {size} bytes, more than is read of a {kind} (limit `json-size`, {limit})", path.display(), limit = limits::JSON_BYTES)]
    Size {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// Its kind.
        kind: MaterialKind,
    },
    /// It is not what it is called.
    #[error(transparent)]
    Material(#[from] MaterialError),
}

/// Reads a file as evidence of `kind`, or finds out its kind. One that is larger than any document is hashed in passing,
/// and is an `ARTIFACT` or `EVIDENCE`.
///
/// # Errors
/// [`EvidenceError`] when it cannot be read or is not what it is called.
pub(crate) fn read(path: &Path, kind: Option<MaterialKind>, strictness: Strictness) -> Result<Evidence, EvidenceError> {
    let failed = |source| EvidenceError::Io { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(EvidenceError::Special(path.to_owned()));
    }
    let file = open_regular(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.len() > limits::JSON_BYTES as u64 {
        return large(path, file, kind, strictness);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    // One byte more than the limit, in case the file grows meanwhile.
    (&file).take(limits::JSON_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limits::JSON_BYTES {
        return large(path, file, kind, strictness);
    }
    of_bytes(bytes.into(), kind, strictness).map_err(EvidenceError::Material)
}

/// Takes bytes as evidence of `kind`, or finds out their kind.
///
/// # Errors
/// [`MaterialError`] when they are not what they are called.
pub(crate) fn of_bytes(
    bytes: Bytes,
    kind: Option<MaterialKind>,
    strictness: Strictness,
) -> Result<Evidence, MaterialError> {
    let inspection = inspect(&bytes, kind, strictness)?;
    Ok(Evidence { digest: Digest::of(&bytes), size: bytes.len() as u64, inspection, source: Source::Memory(bytes) })
}

/// A file that is larger than any document: its beginning says whether it claims to be one, which would be too large.
fn large(
    path: &Path,
    mut file: File,
    kind: Option<MaterialKind>,
    strictness: Strictness,
) -> Result<Evidence, EvidenceError> {
    let failed = |source| EvidenceError::Io { path: path.to_owned(), source };
    let inspection = match kind {
        Some(kind @ (MaterialKind::Artifact | MaterialKind::Evidence)) => Inspection {
            kind,
            reason: "asked for".to_owned(),
            annotations: std::collections::BTreeMap::new(),
            warnings: Vec::new(),
            input: assay_material::PolicyInput::Document,
        },
        Some(kind) => {
            let size = file.metadata().map_err(failed)?.len();
            return Err(EvidenceError::Size { path: path.to_owned(), size, kind });
        }
        None => inspect(&beginning(&mut file).map_err(failed)?, None, strictness)?,
    };
    let (digest, size) = hash(&mut file).map_err(failed)?;
    if !matches!(inspection.kind, MaterialKind::Artifact | MaterialKind::Evidence) {
        return Err(EvidenceError::Size { path: path.to_owned(), size, kind: inspection.kind });
    }
    Ok(Evidence { digest, size, inspection, source: Source::File(path.to_owned()) })
}

/// One byte more than a document may have: what is cut off there is never a whole document.
fn beginning(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.by_ref().take(limits::JSON_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The digest and the size of the whole file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn hash(file: &mut File) -> io::Result<(Digest, u64)> {
    let (mut hasher, mut piece) = (Hasher::new(), vec![0; PIECE]);
    file.rewind()?;
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => hasher.update(&piece[..count]),
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_an_artifact_unless_it_claims_to_be_something() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("large");
        let file = File::create(&path).unwrap();
        file.set_len(limits::JSON_BYTES as u64 + 10).unwrap();
        let evidence = read(&path, Some(MaterialKind::Artifact), Strictness::Strict).unwrap();
        assert_eq!((evidence.size, evidence.inspection.kind), (limits::JSON_BYTES as u64 + 10, MaterialKind::Artifact));
        assert!(matches!(evidence.source, Source::File(_)));
        assert!(matches!(
            read(&path, Some(MaterialKind::Sarif), Strictness::Strict),
            Err(EvidenceError::Size { kind: MaterialKind::Sarif, .. })
        ));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let pipe = root.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [root.path(), &pipe, Path::new("/dev/zero")] {
            assert!(
                matches!(read(path, None, Strictness::Strict), Err(EvidenceError::Special(_))),
                "{}",
                path.display()
            );
        }
        let empty = root.path().join("empty");
        File::create(&empty).unwrap();
        assert!(matches!(read(&empty, None, Strictness::Strict), Err(EvidenceError::Material(MaterialError::Empty))));
    }
}
