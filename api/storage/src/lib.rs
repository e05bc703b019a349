//! What the plane remembers, in `SQLite`: every repository of `engine/ports`.
//!
//! Reads go through a small pool of read-only connections. All writes go through one task that owns the one writing
//! connection and commits them in groups: an operation is acknowledged when the transaction that holds it is on disk.
//!
//! How to add a query: the trait and its method in `engine/ports`, a case in its conformance suite, the query in
//! `src/repo/<noun>.rs`, and a new file in `migrations/` when it needs a table or column (shipped ones never change).
//! The SQL is lower-case and portable, placeholders are `$1`, and every `where` carries the organization.
//!
//! **Must not know:** use cases, rights, HTTP, blobs, other adapters, and no clock: instants are arguments.

mod error;
mod json;
mod page;
mod repo;
mod row;
mod sqlite;
mod writer;

pub use error::StorageError;
pub use sqlite::Sqlite;
