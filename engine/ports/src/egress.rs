use std::time::Duration;

use assay_integration::{Credential, MailServer};
use async_trait::async_trait;
use bytes::Bytes;

use crate::Evidence;

/// The only way out: everything that the plane sends to somebody else's server goes through it.
///
/// Whether a destination is granted to an integration is decided before ([`crate::PluginRuntime`]); the broker decides where
/// nobody may go: it resolves a name once, checks every address, connects to a checked one, follows no redirect, and bounds
/// size and time.
#[async_trait]
pub trait Egress: Send + Sync {
    /// Checks what can be known of a URL without asking anybody: that it is absolute, its scheme is `http` or `https`, it
    /// has no user information, and its host is no address that nobody may reach.
    ///
    /// # Errors
    /// [`EgressError::Denied`].
    fn check(&self, url: &str) -> Result<(), EgressError>;

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// [`EgressError`]; an answer with any status is no error.
    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError>;

    /// Hands a mail to a server; answers the server's last line.
    ///
    /// # Errors
    /// [`EgressError`]: `Denied` when the destination may not be reached, `Mail` for what the server answers.
    async fn mail(&self, mail: Mail) -> Result<String, EgressError>;
}

/// A request over HTTP/1.1.
#[derive(Debug, Clone)]
pub struct EgressRequest {
    /// Connections are shared only between requests with the same pool: the registration.
    pub pool: String,
    /// Upper-case.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// Names and values; `Host`, lengths, connection headers and those of credentials are the broker's.
    pub headers: Vec<(String, String)>,
    /// The body, piece by piece.
    pub body: Vec<BodyPiece>,
    /// Secrets to put in.
    pub credentials: Vec<Credential>,
    /// Most time for all of it.
    pub timeout: Duration,
    /// Most bytes of the answer's body.
    pub max_response: usize,
}

/// A piece of a body.
#[derive(Debug, Clone)]
pub enum BodyPiece {
    /// Bytes at hand.
    Bytes(Bytes),
    /// Evidence, streamed from the store.
    Evidence(Evidence, Encoding),
}

/// How evidence is written into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Base64 with padding (RFC 4648, section 4).
    Base64,
    /// gzip (RFC 1952).
    Gzip,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressResponse {
    /// The status code.
    pub status: u16,
    /// Lower-case names, and values; those that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Bytes of the request's body.
    pub sent: u64,
    /// The address that was connected to.
    pub peer: Option<String>,
}

/// A mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server and the sender.
    pub server: MailServer,
    /// Recipients.
    pub to: Vec<String>,
    /// Further recipients; they are in the envelope, too.
    pub cc: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The same in HTML.
    pub html: Option<String>,
    /// File name, media type, content.
    pub attachments: Vec<(String, String, Evidence)>,
    /// Unique and the same at every attempt: becomes the `Message-ID`.
    pub message_id: String,
    /// Most time for all of it.
    pub timeout: Duration,
}

/// Why nothing was sent, or no answer came.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// Nobody may go there, or not like this.
    #[error("{reason}")]
    Denied {
        /// What is refused and what an operator could do, in words.
        reason: String,
    },
    /// The name does not resolve.
    #[error("`{host}` does not resolve")]
    Dns {
        /// The host.
        host: String,
    },
    /// Nobody listens, or the connection broke.
    #[error("the destination cannot be reached")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The other side's certificate or TLS is wrong.
    #[error("the destination's TLS is not accepted")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The time is over.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The answer is larger than allowed.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The other side does not speak the protocol, or the evidence could not be read.
    #[error("the exchange broke off")]
    Protocol(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A credential cannot be applied: its secret is not of the form that it must have.
    #[error("the credential cannot be used: {reason}")]
    Credential {
        /// Why, without the secret.
        reason: &'static str,
    },
    /// The mail server refuses.
    #[error("the mail server answers {code}: {text}")]
    Mail {
        /// The reply code (RFC 5321, section 4.2).
        code: u16,
        /// Its text.
        text: String,
    },
}
