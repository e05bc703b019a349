use std::time::Instant;

use assay_base::Digest;
use assay_base::text::{head, printable};
use assay_ports::{EgressError, EgressRequest, EgressResponse, Mail};

use crate::broker::METHOD_BYTES;
use crate::mail::Handed;
use crate::target::{Host, Target};

/// The record of one request or mail: where it went and what became of it. No secret, no body, and of the path a digest only.
/// It is written also when nobody waits for the end any more.
pub(crate) struct Audit {
    origin: String,
    method: String,
    path: String,
    pool: String,
    begin: Instant,
    outcome: Outcome,
}

/// What became of it.
struct Outcome {
    status: Option<u16>,
    bytes: (u64, u64),
    error: Option<String>,
}

impl Audit {
    pub(crate) fn request(request: &EgressRequest) -> Self {
        let target = Target::parse(&request.url).ok();
        let path = target.as_ref().map(|t| Digest::of(t.url[url::Position::BeforePath..].as_bytes()).hex());
        let origin = target.as_ref().map_or_else(|| "-".to_owned(), Target::origin);
        Self::begin(
            origin,
            printable(&head(&request.method, METHOD_BYTES)),
            path.unwrap_or_default(),
            request.pool.clone(),
        )
    }

    /// The request for an access token, which serves another request.
    pub(crate) fn token(target: &Target, pool: &str) -> Self {
        let path = Digest::of(target.url[url::Position::BeforePath..].as_bytes()).hex();
        Self::begin(target.origin(), "POST".to_owned(), path, pool.to_owned())
    }

    pub(crate) fn mail(mail: &Mail) -> Self {
        let host = Host::parse(&mail.server.host).map_or_else(|_| "-".to_owned(), |h| h.with_port(mail.server.port));
        Self::begin(format!("smtp://{host}"), "MAIL".to_owned(), String::new(), String::new())
    }

    fn begin(origin: String, method: String, path: String, pool: String) -> Self {
        let outcome = Outcome { status: None, bytes: (0, 0), error: Some("abandoned".to_owned()) };
        Self { origin, method, path, pool, begin: Instant::now(), outcome }
    }

    /// Writes the record of a request.
    pub(crate) fn answered(mut self, result: &Result<EgressResponse, EgressError>) {
        self.outcome = match result {
            Ok(answer) => {
                let bytes = (answer.sent, answer.body.len() as u64);
                Outcome { status: Some(answer.status), bytes, error: None }
            }
            Err(error) => Outcome::of(error),
        };
    }

    /// Writes the record of a mail.
    pub(crate) fn mailed(mut self, result: Result<&Handed, &EgressError>) {
        self.outcome = match result {
            Ok(handed) => Outcome { status: Some(250), bytes: (handed.bytes, 0), error: None },
            Err(error) => Outcome::of(error),
        };
    }
}

impl Outcome {
    fn of(error: &EgressError) -> Self {
        let status = match error {
            EgressError::Mail { code, .. } => Some(*code),
            _ => None,
        };
        Self { status, bytes: (0, 0), error: Some(error.to_string()) }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        let Outcome { status, bytes: (sent, received), error } = &self.outcome;
        let ms = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { origin, method, path, pool, .. } = self;
        tracing::info!(
            target: "assay::egress",
            origin, method, path_sha256 = path, status, sent, received, ms, pool, error = error.as_deref(),
            "sent to the outside"
        );
    }
}
