use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use assay_ports::{Egress, EgressError, EgressRequest, EgressResponse, Mail};
use async_trait::async_trait;
use bytes::Bytes;

/// How long a slow destination thinks.
const SLOW: Duration = Duration::from_secs(3);

/// What can go wrong on the way, on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The name does not resolve.
    Dns,
    /// The destination refuses the connection, or drops it.
    Reset,
    /// No answer in time.
    Timeout,
    /// Nobody may go there.
    Denied,
    /// An answer after three seconds.
    Slow,
    /// An answer with this status; 429 and 503 with `Retry-After: 7`.
    Status(u16),
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "dns" => Ok(Self::Dns),
            "reset" => Ok(Self::Reset),
            "timeout" => Ok(Self::Timeout),
            "denied" => Ok(Self::Denied),
            "slow" => Ok(Self::Slow),
            _ => match text.parse() {
                Ok(status @ 200..=599) => Ok(Self::Status(status)),
                _ => Err("a fault is `dns`, `reset`, `timeout`, `denied`, `slow` or a status such as `503`".to_owned()),
            },
        }
    }
}

/// A way out on which everything goes wrong in one way.
pub struct Faulty {
    inner: Arc<dyn Egress>,
    fault: Fault,
}

impl Faulty {
    /// Puts a fault before a way out.
    pub fn new(inner: Arc<dyn Egress>, fault: Fault) -> Self {
        Self { inner, fault }
    }
}

impl Fault {
    /// What is said instead of an answer; nothing where there is one all the same.
    pub(crate) fn error(self, host: &str, timeout: Duration) -> Option<EgressError> {
        match self {
            Self::Dns => Some(EgressError::Dns { host: host.to_owned() }),
            Self::Reset => Some(EgressError::Connect("connection reset by peer".into())),
            Self::Timeout => Some(EgressError::Timeout(timeout)),
            Self::Denied => Some(EgressError::Denied { reason: "the trial refuses every destination".to_owned() }),
            Self::Slow | Self::Status(_) => None,
        }
    }

    pub(crate) fn answer(self) -> Option<EgressResponse> {
        let Self::Status(status) = self else { return None };
        let wait = matches!(status, 429 | 503).then(|| ("retry-after".to_owned(), "7".to_owned()));
        let headers = wait.into_iter().collect();
        Some(EgressResponse { status, headers, body: Bytes::new(), sent: 0, peer: None })
    }

    /// What a mail server would say.
    pub(crate) fn mail(self, timeout: Duration) -> Option<EgressError> {
        match self {
            Self::Status(401 | 403) => Some(EgressError::Mail { code: 535, text: "authentication failed".to_owned() }),
            Self::Status(429 | 500..) => Some(EgressError::Mail { code: 451, text: "try again later".to_owned() }),
            Self::Status(400..) => Some(EgressError::Mail { code: 550, text: "no such mailbox".to_owned() }),
            fault => fault.error("mail", timeout),
        }
    }
}

#[async_trait]
impl Egress for Faulty {
    fn check(&self, url: &str) -> Result<(), EgressError> {
        self.inner.check(url)
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let host = url::Url::parse(&request.url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
        if let Some(error) = self.fault.error(&host.unwrap_or_default(), request.timeout) {
            return Err(error);
        }
        if let Some(answer) = self.fault.answer() {
            return Ok(answer);
        }
        tokio::time::sleep(SLOW.min(request.timeout)).await;
        if request.timeout <= SLOW {
            return Err(EgressError::Timeout(request.timeout));
        }
        self.inner.send(request).await
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        match self.fault.mail(mail.timeout) {
            Some(error) => Err(error),
            None => self.inner.mail(mail).await,
        }
    }
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faulty").field("fault", &self.fault).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_names() {
        let cases = [("dns", Some(Fault::Dns)), ("429", Some(Fault::Status(429))), ("99", None), ("fire", None)];
        for (text, expected) in cases {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
