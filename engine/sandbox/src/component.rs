//! Components: guests of the component model, whose imports their host gives them.

mod artifact;
#[cfg(feature = "compiler")]
mod compile;
#[cfg(feature = "compiler")]
mod describe;
mod hosted;
mod sandbox;

pub use artifact::ComponentArtifact;
#[cfg(feature = "compiler")]
pub use compile::{artifact_kind, compile_component, native_target};
#[cfg(feature = "compiler")]
pub use describe::describe;
pub use hosted::{Hosted, Ran};
pub use sandbox::{CompiledComponent, ComponentSandbox};
