use std::io::{self, Read as _};

use assay_base::{Digest, limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::StateError;
use super::file::{StateFile, beside, write_whole};
use crate::files::open_regular;

/// The extension of the file, behind the name of the state.
const EXTENSION: &str = "signed";
/// Largest file that is read: a bundle in base64 and two digests.
const LIMIT: u64 = limits::BUNDLE_BYTES as u64 * 2;

/// A bundle that was signed and whose answer has not come yet.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The bytes of the state that it was made from.
    state: Digest,
    /// What else was asked for.
    request: Digest,
    /// The bundle in base64.
    bundle: String,
}

/// The server takes one bundle for a run. Whoever has sent it and never heard of it again must send the same bytes again:
/// others, and be it with a newer signature, are refused.
impl StateFile {
    /// Keeps the bundle that the state and `request` led to.
    ///
    /// # Errors
    /// [`StateError::Io`] when the disk refuses.
    pub(crate) fn keep_bundle(&self, request: Digest, bundle: &[u8]) -> Result<(), StateError> {
        let path = beside(self.path(), EXTENSION);
        let failed = |source| StateError::Io { path: path.clone(), source };
        let kept = Kept { state: self.digest().map_err(failed)?, request, bundle: STANDARD.encode(bundle) };
        let bytes = serde_json::to_vec(&kept).map_err(|source| StateError::Format { path: path.clone(), source })?;
        write_whole(&path, &bytes).map_err(failed)
    }

    /// The bundle that this very state and `request` led to before. One that cannot be read counts as none.
    pub(crate) fn kept_bundle(&self, request: Digest) -> Option<Bytes> {
        let mut bytes = Vec::new();
        open_regular(&beside(self.path(), EXTENSION)).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        let same = kept.request == request && self.digest().is_ok_and(|state| state == kept.state);
        same.then(|| STANDARD.decode(kept.bundle).ok().map(Bytes::from))?
    }

    /// Forgets the bundle. Absent is fine.
    ///
    /// # Errors
    /// [`StateError::Io`] when the disk refuses.
    pub(crate) fn forget_bundle(&self) -> Result<(), StateError> {
        let path = beside(self.path(), EXTENSION);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StateError::Io { path, source }),
            _ => Ok(()),
        }
    }

    /// The digest of the state as it is on the disk.
    fn digest(&self) -> io::Result<Digest> {
        let mut file = open_regular(self.path())?;
        crate::evidence::hash(&mut file).map(|(digest, _)| digest)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_bundle_is_kept_for_the_state_and_the_request_that_led_to_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("s.json");
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        let file = StateFile::create(path.clone()).unwrap();
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(file.kept_bundle(one), None);
        file.keep_bundle(one, b"bundle").unwrap();
        let mode = std::fs::metadata(beside(&path, EXTENSION)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(file.kept_bundle(one).as_deref(), Some(&b"bundle"[..]));
        assert_eq!(file.kept_bundle(other), None, "something else was asked for");
        std::fs::write(&path, "{ }").unwrap();
        assert_eq!(file.kept_bundle(one), None, "something was added");
        file.remove().unwrap();
        assert!(!beside(&path, EXTENSION).exists());
    }
}
