//! A few small values for each registration: cursors, ids of what was sent. At most 64 keys of 128 bytes with 8 KiB each.

use crate::{Error, host};

/// The value of a key.
///
/// # Errors
/// [`Error::Retryable`] when the host cannot read it now.
pub fn get(key: &str) -> Result<Option<String>, Error> {
    host::state_get(key).map_err(|message| Error::retryable("state-read", message))
}

/// Sets a key.
///
/// # Errors
/// [`Error::Retryable`] when the host does not take it: too long, too many.
pub fn set(key: &str, value: &str) -> Result<(), Error> {
    host::state_set(key, Some(value)).map_err(|message| Error::retryable("state-write", message))
}

/// Removes a key.
///
/// # Errors
/// [`Error::Retryable`] when the host cannot write now.
pub fn remove(key: &str) -> Result<(), Error> {
    host::state_set(key, None).map_err(|message| Error::retryable("state-write", message))
}
