//! Files of the user: read only when they are regular and of bounded size, written whole or not at all.

mod read;
mod write;

pub(crate) use read::{Limit, given_bytes, given_text, open_regular, stdin_text, text};
pub(crate) use write::{Pending, open_to_append};
