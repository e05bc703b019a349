//! From the tree to the types. Every mistake is told, not only the first.

mod attachment;
mod contract;
mod gate;
mod header;
mod parse;
mod policy;
mod view;

pub use parse::{parse_all, parse_one};
pub(crate) use view::suggestion;
