//! The Rego front end: what is known about a script before an evaluator sees it.
//!
//! For now that is little: [`scan`] refuses what is certainly no policy or would keep a parser busy for minutes, and
//! [`Boilerplate`] writes the rules that a Chainloop script may leave out. Both are pure functions of the script.
//!
//! **Must not know:** IO, the evaluator that runs the scripts, and any other crate of this workspace. It is part of the
//! evaluator's digest, which is why it depends on nothing that changes for other reasons.

mod boilerplate;
mod package;
mod rejection;
mod scan;

pub use boilerplate::{Boilerplate, Placement, RULES};
pub use package::Package;
pub use rejection::{Position, Rejection, RejectionKind};
pub use scan::{MAX_NESTING, scan};
