use url::Url;

use crate::error::ManifestError;
use crate::node::Node;

/// Methods that a manifest may ask for. CONNECT opens tunnels, TRACE echoes credentials.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Headers that belong to the connection or to the host.
const HOSTS_OWN: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "connection",
    "keep-alive",
    "upgrade",
    "expect",
    "content-encoding",
];

/// Why a text is not the URL of an endpoint. The text itself is not shown: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlFault {
    Relative,
    Characters,
    User,
    Fragment,
    Host,
}

impl UrlFault {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Relative => "it is not an absolute URL, for example `https://example.org/hook`",
            Self::Characters => {
                "the URL has a blank, a backslash, a control character or a letter that is not ASCII: percent-encode it"
            }
            Self::User => "a URL with user information is not taken: give the credential in a field of its own",
            Self::Fragment => "the URL of an endpoint has no fragment (`#`)",
            Self::Host => "the URL names no host",
        }
    }
}

/// Reads an absolute URL as browsers and connections do (WHATWG URL). What they would silently mend (tabs, backslashes,
/// blanks) is refused, and so are user information and a fragment.
pub(crate) fn read(text: &str) -> Result<Url, UrlFault> {
    if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return Err(UrlFault::Characters);
    }
    let url = Url::parse(text).map_err(|_| UrlFault::Relative)?;
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || !url.has_host() {
        return Err(UrlFault::Host);
    }
    if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
        return Err(UrlFault::User);
    }
    if url.fragment().is_some() { Err(UrlFault::Fragment) } else { Ok(url) }
}

/// The name of a header (RFC 9110, section 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

pub(crate) fn is_header_of_the_host(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HOSTS_OWN.contains(&name.as_str()) || name.starts_with("proxy-")
}

pub(crate) fn schemes(node: Option<Node<'_>>) -> Result<Vec<String>, ManifestError> {
    let Some(node) = node else { return Ok(vec!["https".to_owned()]) };
    let scheme = |item: &Node<'_>| match item.text()? {
        scheme @ ("https" | "http") => Ok(scheme.to_owned()),
        _ => Err(item.invalid("a scheme is `https` or `http`")),
    };
    filled(&node, node.items()?.iter().map(scheme).collect::<Result<_, _>>()?)
}

pub(crate) fn methods(node: &Node<'_>) -> Result<Vec<String>, ManifestError> {
    let method = |item: &Node<'_>| match item.text()? {
        method if METHODS.contains(&method) => Ok(method.to_owned()),
        _ => Err(item.invalid("a method is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS")),
    };
    filled(node, node.items()?.iter().map(method).collect::<Result<_, _>>()?)
}

fn filled(node: &Node<'_>, items: Vec<String>) -> Result<Vec<String>, ManifestError> {
    if items.is_empty() { Err(node.rule("the list is empty")) } else { Ok(items) }
}

pub(crate) fn path_prefixes(node: Option<Node<'_>>) -> Result<Vec<String>, ManifestError> {
    let Some(node) = node else { return Ok(vec![]) };
    let prefix = |item: &Node<'_>| {
        let text = item.text()?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~!$&'()*+,;=:@".contains(&b);
        let climbs = text.split('/').any(|segment| matches!(segment, "." | ".."));
        if text.starts_with('/') && !text.starts_with("//") && text.bytes().all(plain) && !climbs {
            return Ok(text.to_owned());
        }
        Err(item.invalid("it is the beginning of a path, for example `/api/`, without `..`, escapes and query"))
    };
    node.items()?.iter().map(prefix).collect()
}
