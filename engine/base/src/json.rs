//! JSON as evidence: one reading of every document, or none.
//!
//! RFC 8259 leaves room for documents that two parsers read differently: duplicate keys, numbers out of range, broken
//! UTF-8, lone surrogates. [`parse`] refuses all of them, within the limits of [`crate::limits`]. A byte order mark at the
//! start is skipped.

mod locate;
mod strict;

pub use locate::locate;
pub use strict::{JsonError, JsonErrorKind, parse, parse_signed, without_bom};

/// Appends one segment to a JSON Pointer (RFC 6901, section 3: `~` and `/` are escaped).
pub fn push_pointer(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for c in segment.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}
