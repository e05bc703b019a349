use std::fmt::Write as _;
use std::time::Duration;

use assay_base::text::{head, printable};
use assay_integration::{Apply, Credential};
use assay_ports::RequestRecord;
use url::Url;

use crate::bindings::assay::integration::http::Target;
use crate::http::headers;
use crate::http::target::URL_BYTES;
use crate::redact::{Redactor, SECRET};

/// Most bytes of the body of an answer that are remembered, and characters of all of a head.
const BODY_BYTES: usize = 1 << 10;
const HEAD: usize = 8 << 10;

/// Most characters of the name of a slot that does not exist.
const SLOT: usize = 64;

/// The record of a request that is about to be sent.
pub(crate) fn sent(url: &Url, method: &str, request_head: String) -> RequestRecord {
    RequestRecord { request_head, ..empty(origin(url), method.to_owned()) }
}

/// The record of a request that is not sent.
pub(crate) fn denied(origin: &str, method: &str, reason: &str) -> RequestRecord {
    let (origin, method) = (head(&printable(origin), 300), head(&printable(method), 20));
    RequestRecord { denied: Some(head(&printable(reason), 500)), ..empty(origin, method) }
}

/// Where a request that is refused wanted to go, as far as that can be said.
pub(crate) fn wanted_origin(target: &Target) -> String {
    match target {
        // Reading a host name of megabytes would take seconds.
        Target::Url(text) if text.len() > URL_BYTES => "invalid".to_owned(),
        Target::Url(text) => Url::parse(text).map_or_else(|_| "invalid".to_owned(), |url| origin(&url)),
        Target::Endpoint((slot, _)) => format!("endpoint {}", head(slot, SLOT)),
    }
}

/// Request line and headers, as far as they may be shown.
pub(crate) fn request_head(
    method: &str,
    url: &Url,
    given: &[(String, String)],
    credentials: &[Credential],
    redactor: &Redactor,
) -> String {
    let mut target = url.path().to_owned();
    if let Some(query) = url.query() {
        target = format!("{target}?{query}");
    }
    for credential in credentials {
        if let Apply::Query(name) = &credential.apply {
            let joint = if target.contains('?') { '&' } else { '?' };
            target = format!("{target}{joint}{name}={SECRET}");
        }
    }
    let mut text = format!("{method} {target} HTTP/1.1\n");
    line(&mut text, "host", &authority(url));
    for (name, value) in given {
        line(&mut text, name, value);
    }
    let mut text = redactor.text(text);
    for name in credentials.iter().flat_map(|credential| headers::of_credential(&credential.apply)) {
        line(&mut text, &name, SECRET);
    }
    head(&printable(&text), HEAD)
}

/// Status line, headers and the beginning of the body; all of it went through the filter already.
pub(crate) fn response_head(status: u16, headers: &[(String, String)], body: &[u8]) -> String {
    let mut text = format!("HTTP/1.1 {status}\n");
    for (name, value) in headers {
        line(&mut text, name, value);
    }
    let beginning = body.get(..BODY_BYTES).unwrap_or(body);
    let text = format!("{}\n{}", head(&text, HEAD), String::from_utf8_lossy(beginning));
    printable(&text)
}

/// Scheme, host and port.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn line(text: &mut String, name: &str, value: &str) {
    // Writing into a text does not fail.
    let _written = writeln!(text, "{name}: {value}");
}

fn empty(origin: String, method: String) -> RequestRecord {
    RequestRecord {
        origin,
        method,
        status: None,
        denied: None,
        error: None,
        bytes: (0, 0),
        duration: Duration::ZERO,
        request_head: String::new(),
        response_head: None,
    }
}
