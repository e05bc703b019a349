//! The broker against servers that speak its protocols, and against those who want it to go elsewhere.

mod credentials;
mod destinations;
mod http;
mod mail;
mod record;
mod server;
mod tls;
mod world;
