use assay_base::Digest;
use assay_ports::{BlobError, EgressError};

/// What lies under an [`EgressError`]: its source.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    /// The store does not give the evidence.
    #[error("the evidence {digest} cannot be read")]
    Evidence {
        digest: Digest,
        #[source]
        source: BlobError,
    },
    /// The store gives another number of bytes than it said.
    #[error("the evidence {digest} has not the {expected} bytes that were announced")]
    Size { digest: Digest, expected: u64 },
    /// An answer that cannot be searched for the secret which the request had.
    #[error("the answer to a request with a secret has a content encoding")]
    Encoded,
    /// Nothing can be trusted.
    #[error("this machine has no certificates of authorities: install them, or set SSL_CERT_FILE")]
    NoRoots,
    /// Google's token endpoint, or the operator's, does not give a token now.
    #[error("the token endpoint answers {status}")]
    TokenEndpoint { status: u16 },
    /// What it gives is none.
    #[error("the token endpoint answers no token")]
    Token,
    /// Encryption was demanded.
    #[error("the mail server does not offer STARTTLS")]
    NoStartTls,
    /// Bytes that came before they may have: somebody may have put them there.
    #[error("the mail server speaks out of turn")]
    OutOfTurn,
    /// It is no mail server.
    #[error("the mail server's reply is none of SMTP")]
    Reply,
    /// It wants to fill the memory.
    #[error("the mail server says more than a conversation needs")]
    Endless,
    /// What else breaks a conversation.
    #[error("the conversation with the mail server broke: {said}")]
    Conversation { said: String },
    /// The library cannot put it together.
    #[error("the mail cannot be written")]
    Message(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An exchange that broke for that reason.
pub(crate) fn protocol(cause: impl std::error::Error + Send + Sync + 'static) -> EgressError {
    EgressError::Protocol(Box::new(cause))
}

/// TLS that is not accepted for that reason.
pub(crate) fn tls(cause: impl std::error::Error + Send + Sync + 'static) -> EgressError {
    EgressError::Tls(Box::new(cause))
}

/// An error of a socket: that of TLS, if there is one inside.
pub(crate) fn connect(error: std::io::Error) -> EgressError {
    if is_tls(&error) { EgressError::Tls(Box::new(error)) } else { EgressError::Connect(Box::new(error)) }
}

/// Whether an error of a socket is one that this end made.
pub(crate) fn is_ours(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Cause>)
}

/// Whether an error of a socket is one of TLS.
pub(crate) fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}
