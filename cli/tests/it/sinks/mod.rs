//! Destinations on loopback.

mod http;
mod smtp;

pub(crate) use http::{Answer, HttpSink, Request};
pub(crate) use smtp::{Manner, SmtpSink};
