use std::fmt;

use assay_wire::Exit;
use reqwest::Url;

use crate::error::CliError;

/// The base URL of a server, normalised: two texts that reach the same place are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl(Url);

/// Whether a token may travel unencrypted beyond this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// Plain HTTP goes to loopback only.
    LoopbackOnly,
    /// The user said `--insecure-http`.
    Anywhere,
}

impl ServerUrl {
    /// Reads `http://host[:port][/path]` or the same with `https`.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when it is no such URL, or plain HTTP to another machine.
    pub(crate) fn parse(text: &str, plain: PlainHttp) -> Result<Self, CliError> {
        let mut url = Url::parse(text.trim()).map_err(|error| wrong(text).because(error))?;
        let shape = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        let bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !shape || !bare {
            return Err(wrong(text));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        if url.scheme() == "http" && plain == PlainHttp::LoopbackOnly && !is_loopback(&url) {
            let message = format!("a token would travel to `{url}` unencrypted");
            return Err(CliError::new(Exit::Invalid, "insecure-http", message)
                .hint("use https, or --insecure-http on a network that you trust"));
        }
        Ok(Self(url))
    }

    /// Whether it is encrypted.
    pub(crate) fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The URL of a resource: the segments below the base, each escaped.
    pub(crate) fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn wrong(text: &str) -> CliError {
    CliError::usage(format!("`{text}` is not the URL of a server")).hint("write it as `https://assay.example.com`")
}

/// A loopback address, or `localhost`, which resolves to one (RFC 6761, section 6.3).
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_reached_in_the_clear() {
        let parse = |text| ServerUrl::parse(text, PlainHttp::LoopbackOnly);
        for good in ["http://127.0.0.1:80", "http://[::1]:1", "http://localhost", "https://a.example/base"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        let bad = [
            "http://a.example",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "https://user:pw@a.example",
            "https://a.example?x",
            "ftp://a.example",
            "a.example",
            "",
        ];
        for text in bad {
            assert_eq!(parse(text).map_err(|e| e.exit()), Err(Exit::Invalid), "{text}");
        }
    }

    #[test]
    fn segments_are_escaped() {
        let server = ServerUrl::parse("https://a.example/base", PlainHttp::LoopbackOnly).unwrap();
        assert_eq!(server.join(&["v1", "a/../b"]).as_str(), "https://a.example/base/v1/a%2F..%2Fb");
        assert_eq!(server.to_string(), "https://a.example/base");
    }
}
