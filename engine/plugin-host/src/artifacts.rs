use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assay_base::{Digest, Secret};
use assay_sandbox::{ComponentArtifact, artifact_kind, native_target};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::PluginHostError;

/// What a message authentication code of this place is about, so that it is of no use at another.
const PURPOSE: &[u8] = b"assay compiled integration v1";

/// Bytes of the code at the beginning of a file.
const CODE_BYTES: usize = 32;

/// The folder of compiled components: one file for each, named by the digest of the component.
///
/// A compiled component is machine code, and loading it is running what somebody wrote there. So a file begins with
/// HMAC-SHA-256 (RFC 2104) under a key of this service over the component's digest, what compiled it for what machine, and
/// the code; one that does not agree is as absent.
pub(crate) struct Artifacts {
    folder: PathBuf,
    key: hmac::Key,
    kind: OnceLock<String>,
}

impl Artifacts {
    /// Opens the folder, or makes it.
    pub(crate) fn open(folder: PathBuf, key: &Secret<[u8; 32]>) -> Result<Self, PluginHostError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|source| PluginHostError::Folder { path: folder.clone(), source })?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
        Ok(Self { folder, key, kind: OnceLock::new() })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The compiled component, if there is an authentic one of this engine.
    pub(crate) fn read(&self, component: Digest) -> Result<Option<ComponentArtifact>, PluginHostError> {
        let path = self.path(component);
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PluginHostError::Folder { path, source }),
        };
        let Some((code, machine_code)) = bytes.split_at_checked(CODE_BYTES) else { return Ok(None) };
        if verify_slices_are_equal(code, self.code(component, machine_code)?.as_ref()).is_err() {
            return Ok(None);
        }
        bytes.drain(..CODE_BYTES);
        Ok(Some(ComponentArtifact::authenticated(bytes)))
    }

    /// Keeps a component that was compiled here. A file is there whole or not at all.
    pub(crate) fn write(&self, component: Digest, machine_code: &[u8]) -> Result<(), PluginHostError> {
        let code = self.code(component, machine_code)?;
        let path = self.path(component);
        let written = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(code.as_ref())?;
            file.write_all(machine_code)?;
            file.persist(&path).map_err(|error| error.error)
        };
        written().map(drop).map_err(|source| PluginHostError::Folder { path: path.clone(), source })
    }

    fn path(&self, component: Digest) -> PathBuf {
        self.folder.join(format!("{}.cwasm", component.hex()))
    }

    fn code(&self, component: Digest, machine_code: &[u8]) -> Result<hmac::Tag, PluginHostError> {
        let kind = self.kind()?;
        let mut context = hmac::Context::with_key(&self.key);
        let length = u32::try_from(kind.len()).unwrap_or(u32::MAX).to_be_bytes();
        for part in [PURPOSE, component.as_bytes(), &length, kind.as_bytes(), machine_code] {
            context.update(part);
        }
        Ok(context.sign())
    }

    /// What compiles, and for what machine. Asked late: it starts a compiler.
    fn kind(&self) -> Result<&str, PluginHostError> {
        if self.kind.get().is_none() {
            drop(self.kind.set(artifact_kind(&native_target())?));
        }
        Ok(self.kind.get().map_or("", String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path, key: u8) -> Artifacts {
        Artifacts::open(folder.join("compiled"), &Secret::new([key; 32])).unwrap()
    }

    #[test]
    fn only_what_was_written_with_the_key_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let ours = open(folder.path(), 1);
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        assert!(ours.read(one).unwrap().is_none());
        ours.write(one, b"machine code").unwrap();
        assert!(ours.read(one).unwrap().is_some());
        assert!(open(folder.path(), 2).read(one).unwrap().is_none(), "another key");
        fs::copy(ours.path(one), ours.path(other)).unwrap();
        assert!(ours.read(other).unwrap().is_none(), "another component");
        let bytes = fs::read(ours.path(one)).unwrap();
        for at in [0, CODE_BYTES, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(ours.path(one), changed).unwrap();
            assert!(ours.read(one).unwrap().is_none(), "byte {at} is another one");
        }
        fs::write(ours.path(one), &bytes[..CODE_BYTES - 1]).unwrap();
        assert!(ours.read(one).unwrap().is_none(), "cut off");
    }
}
