use std::sync::Arc;
use std::time::Duration;

use assay_base::Clock;
use assay_base::text::printable;
use assay_ports::{Egress, EgressError, EgressRequest, EgressResponse, Mail};
use async_trait::async_trait;
use http::Method;
use rustls::RootCertStore;
use tokio::time::timeout;

use crate::audit::Audit;
use crate::body::Content;
use crate::credentials::{self, Tokens, owned_headers};
use crate::exchange::Accept;
use crate::headers;
use crate::mail::Handed;
use crate::policy::Policy;
use crate::pool::Pool;
use crate::resolve::{Resolve, SystemResolver};
use crate::strike;
use crate::target::{Target, denied};
use crate::tls::Tls;
use crate::way::Way;
use crate::wire::Draft;

/// Sends what integrations send, and only where somebody may go.
pub struct Broker {
    pub(crate) way: Way,
    pub(crate) tls: Tls,
    pub(crate) pool: Arc<Pool>,
    pub(crate) tokens: Tokens,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) waits: Waits,
}

/// How long the broker waits, whatever time a request still has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For the answer of a resolver, for a connection, for a handshake of TLS: each.
    pub connect: Duration,
    /// For the first byte of an answer, from the last byte of the request that moved.
    pub first_byte: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), first_byte: Duration::from_secs(30) }
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("policy", &self.way.policy).field("waits", &self.waits).finish_non_exhaustive()
    }
}

impl Broker {
    /// A broker that permits what `policy` says. It resolves names as the machine does and trusts the certificates of the
    /// machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set). The clock dates signatures and tokens.
    pub fn new(policy: Policy, clock: Arc<dyn Clock>) -> Self {
        let waits = Waits::default();
        let way = Way { policy, resolver: Arc::new(SystemResolver), patience: waits.connect };
        Self { way, tls: Tls::default(), pool: Arc::default(), tokens: Tokens::default(), clock, waits }
    }

    /// Takes the addresses of names from elsewhere.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.way.resolver = resolver;
        self
    }

    /// Waits for other times.
    #[must_use]
    pub fn with_waits(mut self, waits: Waits) -> Self {
        self.way.patience = waits.connect;
        self.waits = waits;
        self
    }

    /// Trusts these authorities, and not those of the machine.
    ///
    /// # Errors
    /// [`rustls::Error`] when the library cannot be set up.
    pub fn with_roots(mut self, roots: RootCertStore) -> Result<Self, rustls::Error> {
        self.tls = Tls::trusting(roots)?;
        Ok(self)
    }

    async fn request(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let method = method(&request.method)?;
        let target = Target::parse(&request.url)?;
        target.host.check(&self.way.policy, target.port)?;
        let owned = owned_headers(&request.credentials)?;
        let headers = headers::given(&request.headers, &owned)?;
        credentials::check_beside(&request.credentials, &headers)?;
        let mut draft = Draft { method, target, headers, content: Content::new(request.body) };
        let derived = self.authorize(&mut draft, &request.credentials, &request.pool).await?;
        let accept = Accept { bytes: request.max_response, encoded: request.credentials.is_empty() };
        let answer = self.exchange(&draft, &request.pool, accept).await?;
        if answer.status == 401 {
            request.credentials.iter().for_each(|credential| self.tokens.forget(credential, &request.pool));
        }
        Ok(strike::out(answer, &derived))
    }
}

#[async_trait]
impl Egress for Broker {
    fn check(&self, url: &str) -> Result<(), EgressError> {
        let target = Target::parse(url)?;
        target.host.check(&self.way.policy, target.port)
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let (audit, most) = (Audit::request(&request), request.timeout);
        let result = timeout(most, self.request(request)).await.unwrap_or(Err(EgressError::Timeout(most)));
        audit.answered(&result);
        result
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        let audit = Audit::mail(&mail);
        let handed = timeout(mail.timeout, self.hand_over(&mail)).await;
        let handed = handed.unwrap_or(Err(EgressError::Timeout(mail.timeout)));
        audit.mailed(handed.as_ref());
        handed.map(|Handed { line, .. }| line)
    }
}

/// Most bytes of a method.
pub(crate) const METHOD_BYTES: usize = 16;

/// The methods that are sent; `CONNECT` and `TRACE` are for proxies.
fn method(text: &str) -> Result<Method, EgressError> {
    match text {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => Method::from_bytes(text.as_bytes()).ok(),
        _ if text.len() > METHOD_BYTES => return Err(denied(format!("a method has at most {METHOD_BYTES} bytes"))),
        _ => None,
    }
    .ok_or_else(|| denied(format!("`{}` is no method that is sent", printable(text))))
}
