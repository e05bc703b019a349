//! The six integrations, delivering for a real run to destinations that look at what they get.

mod chat;
mod faults;
mod guac;
mod mail;
mod track;
mod webhook;

/// `key=value`.
fn option(key: &str, value: impl std::fmt::Display) -> String {
    format!("{key}={value}")
}
