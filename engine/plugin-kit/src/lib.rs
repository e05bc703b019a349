//! What the author of an integration needs: a beginning, the toolchains, a host to try it with, and the proof that it behaves.
//!
//! | piece | what it is |
//! |---|---|
//! | [`create`] | a new integration from a template, with everything that it is built from |
//! | [`build`], [`pack`] | from sources to a component with its manifest in it |
//! | [`inspect`] | what is in a component |
//! | [`Workbench`] | the sandbox of production, with a host of the author's choice |
//! | [`Recorder`], [`Player`], [`Faulty`] | ways out that remember, repeat and break |
//! | [`check`], [`conform`], [`measure`] | whether it fits, whether it behaves, how fast it is |
//!
//! **Must not know:** the command line, the server, storage, how the network is reached (that is the port `Egress`).

mod bench;
mod check;
mod conform;
mod documents;
mod error;
mod evidence;
mod fault;
mod inspect;
mod pack;
mod points;
mod sample;
mod session;
mod stage;
mod template;
mod toolchain;
mod workbench;

pub use bench::{Measured, measure};
pub use check::check;
pub use conform::{Subject, conform};
pub use documents::{delivery_context, registration_context};
pub use error::KitError;
pub use evidence::{evidence, sample_envelope, sample_materials};
pub use fault::{Fault, Faulty};
pub use inspect::{Inspected, inspect};
pub use pack::{Packed, pack};
pub use points::{Point, Points};
pub use session::{Matching, Player, Recorder};
pub use template::{Language, create};
pub use toolchain::{Project, build};
pub use workbench::{Local, Trial, Workbench};
