//! The broker against servers that speak its protocols, and against those who want it to go elsewhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod credentials;
mod destinations;
mod http;
mod mail;
mod record;
mod server;
mod tls;
mod world;
