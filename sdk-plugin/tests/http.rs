//! What answers mean.

use assay_plugin_sdk::prelude::*;
use assay_plugin_sdk::testing::{Answer, MockHost};
use assay_plugin_sdk::{Failure, HttpError, Retry};

struct Probe;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Integration for Probe {
    const MANIFEST: Manifest = Manifest::new("probe", "0.1.0", "Probe");
    type Registration = Nothing;
    type Attachment = Nothing;

    fn register(context: &Context, _: Nothing) -> Result<Value, Error> {
        let response = Request::get("https://example.org").send()?.ok(context)?;
        Ok(json!({"status": response.status, "text": response.text(64)?}))
    }

    fn execute(_: Task<Self>) -> Result<Value, Error> {
        Ok(json!({}))
    }
}

fn asked(answer: Answer) -> Result<Value, Error> {
    let host = MockHost::<Probe>::new();
    host.answer(answer);
    host.register()
}

#[derive(Debug, PartialEq)]
enum Kind {
    Unauthorized,
    Retryable(Option<u32>),
    Permanent,
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::Unauthorized(_) => Kind::Unauthorized,
        Error::Retryable(retry) => Kind::Retryable(retry.after_seconds),
        Error::Permanent(_) => Kind::Permanent,
        Error::InvalidInput(issues) => panic!("{issues:?}"),
    }
}

#[test]
fn a_status_decides_what_is_done() {
    for status in [200, 201, 202, 204, 299] {
        assert!(asked(Answer::status(status)).is_ok(), "{status}");
    }
    for status in [100, 300, 301, 302, 304, 307, 400, 402, 404, 405, 409, 410, 413, 422, 451, 600] {
        assert_eq!(kind(&asked(Answer::status(status)).unwrap_err()), Kind::Permanent, "{status}");
    }
    for status in [401, 403] {
        assert_eq!(kind(&asked(Answer::status(status)).unwrap_err()), Kind::Unauthorized, "{status}");
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        assert_eq!(kind(&asked(Answer::status(status)).unwrap_err()), Kind::Retryable(None), "{status}");
    }
}

#[test]
fn retry_after_is_a_number_or_a_date() {
    // The clock of the mock says 2026-11-20T12:00:00Z.
    let cases = [
        ("7", Some(7)),
        (" 120 ", Some(120)),
        ("Fri, 20 Nov 2026 12:01:30 GMT", Some(90)),
        ("Fri, 20 Nov 2026 11:00:00 GMT", Some(0)),
        ("soon", None),
        ("-5", None),
        ("99999999999", None),
    ];
    for (value, expected) in cases {
        let error = asked(Answer::status(503).header("Retry-After", value)).unwrap_err();
        assert_eq!(kind(&error), Kind::Retryable(expected), "{value}");
    }
}

#[test]
fn no_answer_means_later_unless_the_host_refuses() {
    use HttpError::{Connect, Denied, Dns, Protocol, Timeout, Tls, TooLarge};
    let text = || "because".to_owned();
    let cases = [
        (Denied(text()), "egress-denied", Kind::Permanent),
        (Dns(text()), "network-dns", Kind::Retryable(None)),
        (Connect(text()), "network-connect", Kind::Retryable(None)),
        (Tls(text()), "network-tls", Kind::Retryable(None)),
        (Timeout, "network-timeout", Kind::Retryable(None)),
        (TooLarge, "response-too-large", Kind::Permanent),
        (Protocol(text()), "network-protocol", Kind::Retryable(None)),
    ];
    for (fault, code, expected) in cases {
        let error = asked(Answer::error(fault)).unwrap_err();
        assert_eq!((error.code(), kind(&error)), (code, expected));
    }
}

#[test]
fn a_refusal_is_quoted_in_short() {
    let error = asked(Answer::status(400).body("bad\r\n\trequest\u{0}")).unwrap_err();
    let message = "the destination answered 400: bad request".to_owned();
    assert_eq!(error, Error::Permanent(Failure { code: "http-400".to_owned(), message }));
    let long = asked(Answer::status(429).body("x".repeat(9_000))).unwrap_err();
    let message = format!("the destination answered 429: {}…", "x".repeat(199));
    assert_eq!(long, Error::Retryable(Retry { code: "http-429".to_owned(), message, after_seconds: None }));
}

#[test]
fn a_body_is_read_up_to_a_limit() {
    assert_eq!(asked(Answer::status(200).body("y".repeat(64))).unwrap()["text"], "y".repeat(64));
    assert_eq!(asked(Answer::status(200).body("y".repeat(65))).unwrap_err().code(), "blob-too-large");
    assert_eq!(asked(Answer::status(200).body([0xff])).unwrap_err().code(), "blob-not-text");
}
