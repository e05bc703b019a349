//! A hostile integration, as its author would hand it in: a component with its manifest in it. For tests and benchmarks alone;
//! what it does is in `guest/`.
//!
//! **Must not know:** who runs it.

/// The component.
pub static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hostile.wasm"));

/// Its manifest, which names the host `collector.example.org` beside the endpoints `api` and `hook`.
pub static MANIFEST: &str = include_str!("../guest/src/manifest.json");
