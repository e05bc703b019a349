//! Requests over HTTP, by way of the host, which checks where they go, puts credentials in and follows no redirect.

mod body;
mod request;
mod response;

use std::fmt;

pub use body::{Body, Chunks, Encoding, Multipart, Part, Source};
pub use request::{Request, Target};
pub use response::Response;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// Not granted: scheme, host, port, method, path, or an address that nobody may reach.
    Denied(String),
    /// The name has no address.
    Dns(String),
    /// No connection.
    Connect(String),
    /// No TLS.
    Tls(String),
    /// It took too long.
    Timeout,
    /// The answer is too large.
    TooLarge,
    /// The answer is not HTTP.
    Protocol(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(reason) => write!(f, "the host refuses the request: {reason}"),
            Self::Dns(reason) => write!(f, "the destination's name has no address: {reason}"),
            Self::Connect(reason) => write!(f, "no connection: {reason}"),
            Self::Tls(reason) => write!(f, "no TLS connection: {reason}"),
            Self::Timeout => f.write_str("the destination took too long"),
            Self::TooLarge => f.write_str("the answer is too large"),
            Self::Protocol(reason) => write!(f, "the answer is not HTTP: {reason}"),
        }
    }
}

impl std::error::Error for HttpError {}
