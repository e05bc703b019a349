//! The functions of the host: imports of the component, or the mock of a test.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod mock;

#[cfg(target_arch = "wasm32")]
pub use component::bindings;
#[cfg(target_arch = "wasm32")]
pub(crate) use component::{Blob, log, mail, send, state_get, state_set};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use mock::{Blob, log, mail, send, state_get, state_set};
