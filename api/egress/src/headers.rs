use assay_base::text::printable;
use assay_ports::EgressError;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::target::denied;

/// Most bytes of names and values together.
const LIMIT_BYTES: usize = 32 * 1024;
/// Most headers.
const LIMIT_COUNT: usize = 100;

/// Headers that frame a message or belong to a connection: they are the broker's, or a request would end where its sender
/// wants (RFC 9112, section 11.2).
static FRAMING: [HeaderName; 10] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::CONNECTION,
    header::UPGRADE,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("http2-settings"),
];

/// Headers by which some servers read another method or another path than those that were granted.
static OVERRIDES: [HeaderName; 5] = [
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-method-override"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
];

/// Whether the header is the broker's alone.
pub(crate) fn is_framing(name: &HeaderName) -> bool {
    FRAMING.contains(name) || name.as_str().starts_with("proxy-")
}

/// The headers that a sender gives; those of its credentials, and the broker's own, it may not give.
pub(crate) fn given(headers: &[(String, String)], owned: &[HeaderName]) -> Result<HeaderMap, EgressError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > LIMIT_COUNT || bytes > LIMIT_BYTES {
        return Err(denied(format!("a request has at most {LIMIT_COUNT} headers and {LIMIT_BYTES} bytes of them")));
    }
    let mut map = HeaderMap::with_capacity(headers.len() + 8);
    for (name, value) in headers {
        let parsed = HeaderName::from_bytes(name.as_bytes());
        let parsed = parsed.map_err(|_| denied(format!("`{}` is no name of a header", printable(name))))?;
        if is_framing(&parsed) {
            return Err(denied(format!("the header `{parsed}` is set by the host alone")));
        }
        if OVERRIDES.contains(&parsed) {
            return Err(denied(format!("the header `{parsed}` would make another request of this one")));
        }
        if owned.contains(&parsed) {
            return Err(denied(format!("the header `{parsed}` is set from a secret of the registration")));
        }
        let value = HeaderValue::from_bytes(value.as_bytes());
        map.append(&parsed, value.map_err(|_| denied(format!("the header `{parsed}` has a control character")))?);
    }
    Ok(map)
}

/// The value of a header that is a secret, or holds one: it is not shown.
pub(crate) fn secret(text: &str) -> Result<HeaderValue, EgressError> {
    let reason = "it has characters that no header can hold";
    let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| EgressError::Credential { reason })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> Result<HeaderMap, EgressError> {
        given(&[(name.to_owned(), value.to_owned())], &[header::AUTHORIZATION])
    }

    #[test]
    fn nobody_frames_a_message_but_the_broker() {
        for name in [
            "Host",
            "host",
            "HOST",
            "Content-Length",
            "content-length",
            "Transfer-Encoding",
            "transfer-ENCODING",
            "TE",
            "Trailer",
            "Connection",
            "Keep-Alive",
            "Upgrade",
            "Expect",
            "Proxy-Authorization",
            "Proxy-Connection",
            "proxy-anything",
            "HTTP2-Settings",
            "Authorization",
            "authorization",
            "X-HTTP-Method-Override",
            "x-http-method",
            "X-Method-Override",
            "X-Original-URL",
            "x-rewrite-url",
        ] {
            assert!(matches!(one(name, "x"), Err(EgressError::Denied { .. })), "{name}");
        }
    }

    #[test]
    fn nothing_is_smuggled_through_a_name_or_a_value() {
        for name in ["", " ", "a b", "a:", "a\r\nb", "a\nHost", "Content-Length ", "\0", "é", "Content-Length\t", "(x)"]
        {
            assert!(matches!(one(name, "x"), Err(EgressError::Denied { .. })), "{name:?}");
        }
        for value in ["a\r\nHost: b", "a\nb", "a\rb", "a\0b", "\r\n\r\nGET / HTTP/1.1", "\u{7f}", "\u{8}"] {
            assert!(matches!(one("x-a", value), Err(EgressError::Denied { .. })), "{value:?}");
        }
        assert!(one("x-a", "a\tb").is_ok() && one("x-a", "").is_ok() && one("x-a", "ü").is_ok());
    }

    #[test]
    fn headers_are_bounded() {
        let many = vec![("x".to_owned(), "y".to_owned()); LIMIT_COUNT + 1];
        assert!(given(&many, &[]).is_err() && given(&many[1..], &[]).is_ok());
        assert!(one("x", &"y".repeat(LIMIT_BYTES)).is_err());
    }
}
