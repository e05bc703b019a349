use std::ops::Range;

use assay_base::Place;

/// A stretch of a document's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Line of the first character, from 1.
    pub line: u32,
    /// Column of the first character, in characters, from 1.
    pub column: u32,
    /// Byte offset of the first character.
    pub start: usize,
    /// Byte offset behind the last character.
    pub end: usize,
}

impl Span {
    /// The bytes that it covers.
    pub const fn bytes(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Where in its document something was written: what a later stage needs to report an error about it.
///
/// Equality of decoded values ignores it, because the same policy may be written at two places: two origins are equal.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// JSON Pointer (RFC 6901) from the root of the document.
    pub pointer: String,
    /// The text.
    pub span: Span,
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl Origin {
    /// Pointer, line and column, as diagnostics carry them.
    pub fn place(&self) -> Place {
        Place { pointer: Some(self.pointer.clone()), line: Some(self.span.line), column: Some(self.span.column) }
    }
}
