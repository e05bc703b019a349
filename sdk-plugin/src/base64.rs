//! Base64 with padding (RFC 4648, section 4), for what the guest has in memory; whole blobs are encoded by the host.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

/// The text of these bytes.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a text.
///
/// # Errors
/// [`Error::Permanent`] when it is not base64.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
    STANDARD.decode(text).map_err(|error| Error::permanent("base64", format!("not base64: {error}")))
}
