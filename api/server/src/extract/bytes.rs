use assay_wire::ProblemKind;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::problem::Fault;

/// The bytes of a field that holds base64 (RFC 4648, section 4); `pointer` is its place.
pub(crate) fn bytes(text: &str, pointer: &str) -> Result<Vec<u8>, Fault> {
    BASE64_STANDARD.decode(text).map_err(|error| {
        Fault::new(ProblemKind::InvalidRequest, "base64", format!("this is not base64: {error}")).at(pointer)
    })
}
