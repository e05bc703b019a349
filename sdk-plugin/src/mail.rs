//! Mail, by way of the host, which knows server, sender, encryption and login.

use std::fmt;

use crate::{Blob, host};

/// A mail. Its sender is the one of the mail server's slot.
#[derive(Debug, Default)]
pub struct Email<'a> {
    /// Addresses.
    pub to: Vec<String>,
    /// Addresses.
    pub cc: Vec<String>,
    /// One line.
    pub subject: String,
    /// The body as plain text.
    pub text: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<Attachment<'a>>,
}

/// A file of a mail.
#[derive(Debug)]
pub struct Attachment<'a> {
    /// Its name.
    pub filename: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub content: &'a Blob,
}

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailError {
    /// The host does not connect there.
    Denied(String),
    /// It may work later.
    Transient(String),
    /// The server refuses the login.
    Unauthorized(String),
    /// The server refuses the mail.
    Rejected(String),
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(reason) => write!(f, "the host refuses the mail server: {reason}"),
            Self::Transient(reason) => write!(f, "the mail server does not take the mail now: {reason}"),
            Self::Unauthorized(reason) => write!(f, "the mail server refuses the login: {reason}"),
            Self::Rejected(reason) => write!(f, "the mail server refuses the mail: {reason}"),
        }
    }
}

impl std::error::Error for MailError {}

impl Email<'_> {
    /// Sends it by the mail server `slot` of the manifest; answers the server's last line.
    ///
    /// # Errors
    /// [`MailError`], which `?` turns into the right [`Error`](crate::Error).
    pub fn send(self, slot: &str) -> Result<String, MailError> {
        host::mail(slot, self)
    }
}
