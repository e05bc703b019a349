use std::time::Duration;

use super::{Body, Chunks, Encoding, HttpError, Multipart, Response, Source};
use crate::{Blob, Endpoint, Secret, host};

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An absolute URL, whose host the manifest names.
    Url(String),
    /// An endpoint of the registration, and what follows its URL.
    Endpoint {
        /// The endpoint's name.
        slot: String,
        /// Path and query.
        suffix: String,
    },
}

impl From<&Endpoint> for Target {
    fn from(endpoint: &Endpoint) -> Self {
        Self::Endpoint { slot: endpoint.slot().to_owned(), suffix: String::new() }
    }
}

impl From<&str> for Target {
    fn from(url: &str) -> Self {
        Self::Url(url.to_owned())
    }
}

impl From<String> for Target {
    fn from(url: String) -> Self {
        Self::Url(url)
    }
}

/// A request, to be built and sent.
#[derive(Debug)]
pub struct Request<'a> {
    /// Upper case.
    pub method: String,
    /// Where it goes.
    pub target: Target,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub body: Body<'a>,
    /// The slots of the credentials that the host applies.
    pub auth: Vec<String>,
    /// How long it may take; the host's own limit unless said.
    pub timeout: Option<Duration>,
}

impl<'a> Request<'a> {
    /// A request with an upper-case method, to an `&Endpoint` or a URL.
    pub fn new(method: impl Into<String>, target: impl Into<Target>) -> Self {
        let (headers, auth) = (vec![], vec![]);
        Self { method: method.into(), target: target.into(), headers, body: Body::None, auth, timeout: None }
    }

    /// GET.
    pub fn get(target: impl Into<Target>) -> Self {
        Self::new("GET", target)
    }

    /// POST.
    pub fn post(target: impl Into<Target>) -> Self {
        Self::new("POST", target)
    }

    /// PUT.
    pub fn put(target: impl Into<Target>) -> Self {
        Self::new("PUT", target)
    }

    /// PATCH.
    pub fn patch(target: impl Into<Target>) -> Self {
        Self::new("PATCH", target)
    }

    /// DELETE.
    pub fn delete(target: impl Into<Target>) -> Self {
        Self::new("DELETE", target)
    }

    /// HEAD.
    pub fn head(target: impl Into<Target>) -> Self {
        Self::new("HEAD", target)
    }

    /// Adds to the path, as it is: `/api/v1/bom`. To be called before [`Self::query`].
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.target.text().push_str(path);
        self
    }

    /// Adds one segment to the path, with a slash before it and everything in it that is not plain percent-encoded.
    #[must_use]
    pub fn segment(mut self, segment: &str) -> Self {
        let text = self.target.text();
        text.push('/');
        percent_encode(segment, text);
        self
    }

    /// Adds a parameter to the query, percent-encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let text = self.target.text();
        text.push(if text.contains('?') { '&' } else { '?' });
        percent_encode(name, text);
        text.push('=');
        percent_encode(value, text);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the media type of the body.
    #[must_use]
    pub fn content_type(mut self, media_type: &str) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        self.header("content-type", media_type)
    }

    /// Has the host apply a credential.
    #[must_use]
    pub fn auth(mut self, secret: &Secret) -> Self {
        self.auth.push(secret.slot().to_owned());
        self
    }

    /// Has the host apply a credential if it was given.
    #[must_use]
    pub fn auth_if(self, secret: Option<&Secret>) -> Self {
        match secret {
            Some(secret) => self.auth(secret),
            None => self,
        }
    }

    /// How long it may take.
    #[must_use]
    pub const fn timeout(mut self, duration: Duration) -> Self {
        self.timeout = Some(duration);
        self
    }

    /// A JSON document as the body.
    #[must_use]
    pub fn json(self, document: &serde_json::Value) -> Self {
        self.typed("application/json").body(Body::Raw(Source::Text(document.to_string())))
    }

    /// Text as the body.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.typed("text/plain; charset=utf-8").body(Body::Raw(Source::Text(text.into())))
    }

    /// Bytes as the body.
    #[must_use]
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.typed("application/octet-stream").body(Body::Raw(Source::Bytes(bytes.into())))
    }

    /// A blob as the body.
    #[must_use]
    pub fn blob(self, blob: &'a Blob, encoding: Encoding) -> Self {
        self.typed("application/octet-stream").body(Body::Raw(Source::Blob(blob, encoding)))
    }

    /// Several pieces as the body.
    #[must_use]
    pub fn chunks(self, chunks: Chunks<'a>) -> Self {
        self.typed("application/octet-stream").body(Body::Chunks(chunks.0))
    }

    /// A form with files as the body; the host writes the media type.
    #[must_use]
    pub fn multipart(self, form: Multipart<'a>) -> Self {
        self.body(Body::Multipart(form.0))
    }

    /// Any body.
    #[must_use]
    pub fn body(mut self, body: Body<'a>) -> Self {
        self.body = body;
        self
    }

    /// Sends it. An answer of whatever status is an answer: see [`Response::ok`].
    ///
    /// # Errors
    /// [`HttpError`], which `?` turns into the right [`Error`](crate::Error).
    pub fn send(self) -> Result<Response, HttpError> {
        host::send(self)
    }

    fn typed(self, media_type: &str) -> Self {
        let given = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if given { self } else { self.header("content-type", media_type) }
    }
}

impl Target {
    fn text(&mut self) -> &mut String {
        match self {
            Self::Url(url) => url,
            Self::Endpoint { suffix, .. } => suffix,
        }
    }
}

/// Everything but the unreserved characters of RFC 3986, section 2.3.
fn percent_encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries() {
        let request =
            Request::get(&Endpoint::of("api")).path("/v1").segment("a b/ü").query("q", "x&y=z").query("n", "1");
        let suffix = "/v1/a%20b%2F%C3%BC?q=x%26y%3Dz&n=1".to_owned();
        assert_eq!(request.target, Target::Endpoint { slot: "api".to_owned(), suffix });
    }

    #[test]
    fn a_media_type_that_was_given_stays() {
        let request = Request::post("https://example.org").content_type("application/cloudevents+json");
        let request = request.json(&serde_json::json!({}));
        assert_eq!(request.headers, [("content-type".to_owned(), "application/cloudevents+json".to_owned())]);
    }
}
