//! The rim as a client sees it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod http;
mod integrations;
mod mended;
mod plane;
mod serve;
