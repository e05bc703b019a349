//! The limits of `docs/reference/limits.md`: each has a name, which stands in the error that it causes.

/// Largest JSON document that is parsed, in bytes (`json-size`).
pub const JSON_BYTES: usize = 64 << 20;
/// Deepest nesting of a JSON document (`json-depth`).
pub const JSON_DEPTH: usize = 127;
/// Most values in a JSON document (`json-values`).
pub const JSON_VALUES: u64 = 20_000_000;
/// Most memory that a JSON document may take when it is read, in bytes, as estimated on the way (`json-memory`).
pub const JSON_MEMORY: u64 = 1536 << 20;
/// Most memory that a bundle or a statement may take when it is read (`bundle-memory`).
pub const BUNDLE_MEMORY: u64 = 256 << 20;
/// Longest number in a JSON document, in characters (`json-number`).
pub const JSON_NUMBER: usize = 64;
/// Largest Sigstore bundle, in bytes (`bundle-size`).
pub const BUNDLE_BYTES: usize = 16 << 20;
/// Largest contract, policy or gate document, in bytes (`document-size`).
pub const DOCUMENT_BYTES: usize = 4 << 20;
/// Most signatures of an envelope (`signatures`).
pub const SIGNATURES: usize = 8;
/// Most materials of one run (`materials`).
pub const MATERIALS: usize = 2_000;
/// Most subjects of a statement (`subjects`).
pub const SUBJECTS: usize = 4_000;
/// Largest page of a list (`page`).
pub const PAGE: u32 = 200;
/// Entries of an archive that are read (`archive-entries`).
pub const ARCHIVE_ENTRIES: usize = 10_000;
