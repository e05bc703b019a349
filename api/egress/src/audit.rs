use std::time::Instant;

use assay_base::Digest;
use assay_ports::{EgressError, EgressRequest, EgressResponse, Mail};

use crate::mail::Handed;
use crate::target::{Host, Target};

/// The record of one request or mail: where it went and what became of it. No secret, no body, and of the path a digest only.
pub(crate) struct Audit {
    origin: String,
    method: String,
    path: String,
    pool: String,
    begin: Instant,
}

impl Audit {
    pub(crate) fn request(request: &EgressRequest) -> Self {
        let target = Target::parse(&request.url).ok();
        let path = target.as_ref().map(|t| Digest::of(t.url[url::Position::BeforePath..].as_bytes()).hex());
        Self {
            origin: target.as_ref().map_or_else(|| "-".to_owned(), Target::origin),
            method: assay_base::text::printable(&request.method),
            path: path.unwrap_or_default(),
            pool: request.pool.clone(),
            begin: Instant::now(),
        }
    }

    pub(crate) fn mail(mail: &Mail) -> Self {
        let host = Host::parse(&mail.server.host).map_or_else(|_| "-".to_owned(), |h| h.with_port(mail.server.port));
        Self {
            origin: format!("smtp://{host}"),
            method: "MAIL".to_owned(),
            path: String::new(),
            pool: String::new(),
            begin: Instant::now(),
        }
    }

    /// Writes the record of a request.
    pub(crate) fn answered(self, result: &Result<EgressResponse, EgressError>) {
        match result {
            Ok(answer) => self.write(Some(answer.status), (answer.sent, answer.body.len() as u64), None),
            Err(error) => self.write(None, (0, 0), Some(error)),
        }
    }

    /// Writes the record of a mail.
    pub(crate) fn mailed(self, result: Result<&Handed, &EgressError>) {
        match result {
            Ok(handed) => self.write(None, (handed.bytes, 0), None),
            Err(error @ EgressError::Mail { code, .. }) => self.write(Some(*code), (0, 0), Some(error)),
            Err(error) => self.write(None, (0, 0), Some(error)),
        }
    }

    fn write(self, status: Option<u16>, (sent, received): (u64, u64), error: Option<&EgressError>) {
        let Self { origin, method, path, pool, begin } = self;
        let ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let error = error.map(tracing::field::display);
        tracing::info!(target: "assay::egress", origin, method, path_sha256 = path, status, sent, received, ms, pool, error, "sent");
    }
}
