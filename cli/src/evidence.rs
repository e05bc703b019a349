//! Evidence on its way into an attestation: what a value on the command line means, and the bytes of a file.

mod file;
mod kind;
mod value;

pub(crate) use file::{Evidence, EvidenceError, Source, hash, of_bytes, read};
pub(crate) use kind::kind;
pub(crate) use value::{Value, ValueError, resolve};
