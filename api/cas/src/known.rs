use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use crate::paths::is_absent;

/// The file of a blob that is here already, read beside the bytes that come for it again.
pub(crate) struct Known {
    file: File,
    /// How many bytes were the same so far.
    same: u64,
    /// What is read at a time.
    piece: Vec<u8>,
}

impl Known {
    /// The blob in `path`, or nothing.
    pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
        match File::open(path) {
            Err(error) if is_absent(&error) => Ok(None),
            file => Ok(Some(Self { file: file?, same: 0, piece: Vec::new() })),
        }
    }

    /// Whether the next bytes of the file are these.
    pub(crate) fn goes_on_with(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let size = bytes.len() as u64;
        self.piece.clear();
        (&mut self.file).take(size).read_to_end(&mut self.piece)?;
        let same = self.piece == bytes;
        self.same += if same { size } else { 0 };
        Ok(same)
    }

    /// Whether the file has no more bytes than those that were the same.
    pub(crate) fn is_whole(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == self.same)
    }

    /// Copies the bytes that were the same.
    pub(crate) fn copy_into(mut self, out: &mut File) -> io::Result<()> {
        self.file.rewind()?;
        let copied = io::copy(&mut self.file.take(self.same), out)?;
        // Whatever makes it shorter now was not there a moment ago.
        if copied == self.same { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}
