//! Blobs by digest, on the local disk.
//!
//! A blob is a file that holds exactly its bytes, under `<root>/<organization>/<first two digits>/<other digits>`. Bytes
//! get a name only after they were hashed and flushed to disk; what lies under a name is hashed again whenever it is read.
//!
//! **Must not know:** the database, use cases, HTTP, other adapters.

mod known;
mod local;
mod paths;
mod read;
mod write;

pub use local::LocalStore;
