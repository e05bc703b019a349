use std::io::Write as _;
use std::path::Path;

use crate::error::CliError;
use crate::files::Pending;

/// Writes a file whole; a device or a pipe is written into.
///
/// # Errors
/// [`CliError`] when the disk refuses.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = Pending::new(path).and_then(|mut pending| {
        pending.file().write_all(bytes)?;
        pending.finish()
    });
    written.map_err(|error| CliError::file("write", path, error))
}
