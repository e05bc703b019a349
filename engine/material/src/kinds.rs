//! One file per kind.

pub(crate) mod artifact;
pub(crate) mod attestation;
pub(crate) mod container_image;
pub(crate) mod cyclonedx;
pub(crate) mod evidence;
pub(crate) mod junit;
pub(crate) mod openvex;
pub(crate) mod sarif;
pub(crate) mod spdx;
pub(crate) mod string;

use assay_base::text;
use serde_json::Value;

/// Text of a document, short and safe to show in a sentence.
fn quoted(found: &str) -> String {
    text::printable(&text::head(found, 80))
}

/// The string at `pointer`, or the empty one.
fn text_at<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The items of the array at `pointer`, or none.
fn items_at<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
