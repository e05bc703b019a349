//! The only way out: [`Broker`] sends the requests and mails of integrations, and nothing else does.
//!
//! | step | rule |
//! |---|---|
//! | parse | one parse by WHATWG rules; what was parsed is what is checked, and what is sent |
//! | resolve | once; every answer is checked, and one that is not allowed refuses the whole request |
//! | connect | to an address that was checked; TLS with the name of the host; no proxy from the environment |
//! | send | headers that frame a message are the broker's; bodies are streamed; secrets are put in here |
//! | read | redirects are answers like any other; size and time are bounded; nothing is decompressed; tokens that were got here are struck out |
//!
//! Special addresses (private, loopback, shared, documentation, …) are refused unless the [`Policy`] of the operator has
//! them; link-local addresses and those of metadata services always are.
//!
//! **Must not know:** who sends what and why: grants, registrations and deliveries are checked before; storage, the sandbox.

mod address;
mod audit;
mod body;
mod broker;
mod credentials;
mod error;
mod exchange;
mod headers;
mod mail;
mod policy;
mod pool;
mod resolve;
mod strike;
mod target;
mod tls;
mod way;
mod wire;

pub use broker::{Broker, Waits};
pub use policy::{Policy, PolicyError};
pub use resolve::{Resolve, SystemResolver};
