use assay_base::closest;
use assay_integration::{Bound, Endpoint, Grant};
use url::Url;

use crate::bindings::assay::integration::http::Target;
use crate::percent::percent_decode;

/// Methods that a request may have at all, whatever a manifest says.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Longest URL, in bytes.
pub(crate) const URL_BYTES: usize = 8 << 10;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The URL that was checked, and that is sent.
    pub(crate) url: Url,
    /// The endpoint, when it is one of the registration.
    pub(crate) slot: Option<String>,
    /// Whether the URL itself is a secret.
    pub(crate) hidden: bool,
}

/// Finds the destination of a request and checks that it is granted. The URL that is checked is the one that is sent.
///
/// # Errors
/// Why it is not granted.
pub(crate) fn resolve(bound: &Bound, target: &Target, method: &str) -> Result<Destination, String> {
    if !METHODS.contains(&method) {
        return Err(format!("the method `{}` is not allowed", assay_base::text::head(method, 16)));
    }
    match target {
        Target::Url(text) => named(&bound.grants, text, method),
        Target::Endpoint((slot, suffix)) => {
            let endpoint = bound.endpoints.get(slot).ok_or_else(|| unknown(bound, slot))?;
            let url = below(endpoint, slot, suffix, method)?;
            Ok(Destination { url, slot: Some(slot.clone()), hidden: endpoint.hidden })
        }
    }
}

/// An absolute URL, whose host the manifest names.
fn named(grants: &[Grant], text: &str, method: &str) -> Result<Destination, String> {
    let url = read(text)?;
    if grants.iter().any(|grant| covers(grant, &url, method)) {
        return Ok(Destination { url, slot: None, hidden: false });
    }
    let origin = url.origin().ascii_serialization();
    Err(format!("the manifest does not grant `{method}` for this path of {origin} (`network.hosts`)"))
}

fn covers(grant: &Grant, url: &Url, method: &str) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let same_host = match grant.host.strip_prefix('*') {
        // One or more labels before the rest, which begins with a dot.
        Some(rest) => host.len() > rest.len() && host.ends_with(rest) && url.domain().is_some(),
        None => host == grant.host,
    };
    same_host
        && grant.scheme == url.scheme()
        && Some(grant.port) == url.port_or_known_default()
        && grant.methods.iter().any(|granted| granted == method)
        && is_below(&grant.path_prefixes, url.path())
        && !climbs(url.path())
}

/// The endpoint's URL and what follows it.
fn below(endpoint: &Endpoint, slot: &str, suffix: &str, method: &str) -> Result<Url, String> {
    if !endpoint.methods.iter().any(|granted| granted == method) {
        return Err(format!("the manifest does not grant `{method}` for the endpoint `{slot}`"));
    }
    let base = Url::parse(endpoint.url.expose()).map_err(|_| format!("the endpoint `{slot}` has no usable URL"))?;
    if suffix.is_empty() {
        return Ok(base);
    }
    if !matches!(suffix.as_bytes().first(), Some(b'/' | b'?')) {
        return Err("what follows an endpoint's URL begins with `/` or `?`".to_owned());
    }
    if suffix.len() > URL_BYTES {
        return Err(format!("a URL has at most {URL_BYTES} bytes"));
    }
    if suffix.bytes().any(|byte| byte <= b' ' || byte == 0x7f || matches!(byte, b'\\' | b'#')) {
        return Err("what follows an endpoint's URL has no spaces, backslashes, controls or fragments".to_owned());
    }
    let (path, query) = suffix.split_once('?').map_or((suffix, None), |(path, query)| (path, Some(query)));
    let url = joined(&base, path, query)?;
    let root = root(&base);
    let follows = url.path().strip_prefix(root).filter(|rest| path.is_empty() || rest.starts_with('/'));
    let granted = path.is_empty() || follows.is_some_and(|rest| is_below(&endpoint.path_prefixes, rest));
    let same_origin = url.origin() == base.origin() && url.username().is_empty() && url.password().is_none();
    if !granted || !same_origin || climbs(path) {
        return Err(format!("the manifest does not grant this path of the endpoint `{slot}` (`path_prefixes`)"));
    }
    Ok(url)
}

/// Path and query are set one by one: text of the guest never decides where the authority ends.
fn joined(base: &Url, path: &str, query: Option<&str>) -> Result<Url, String> {
    let mut url = base.clone();
    if !path.is_empty() {
        url.set_path(&format!("{}{path}", root(base)));
    }
    match (base.query(), query) {
        (Some(own), Some(more)) => url.set_query(Some(&format!("{own}&{more}"))),
        (None, Some(more)) => url.set_query(Some(more)),
        (_, None) => {}
    }
    if url.as_str().len() > URL_BYTES { Err(format!("a URL has at most {URL_BYTES} bytes")) } else { Ok(url) }
}

/// The path of an endpoint without the slash at its end.
fn root(base: &Url) -> &str {
    base.path().strip_suffix('/').unwrap_or_else(|| base.path())
}

fn read(text: &str) -> Result<Url, String> {
    let wrong = |why: &str| Err(format!("the URL of the request {why}"));
    if text.len() > URL_BYTES || text.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\') {
        return wrong("is too long, or has spaces, backslashes or controls");
    }
    match Url::parse(text) {
        Err(_) => wrong("is not an absolute URL"),
        Ok(url) if !matches!(url.scheme(), "https" | "http") => wrong("is neither `https` nor `http`"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => wrong("has user information"),
        Ok(url) if url.fragment().is_some() => wrong("has a fragment"),
        Ok(url) => Ok(url),
    }
}

/// Whether a path begins with one of the prefixes, at the border of a segment.
fn is_below(prefixes: &[String], path: &str) -> bool {
    prefixes.iter().any(|prefix| {
        let rest = path.strip_prefix(prefix.as_str());
        rest.is_some_and(|rest| prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether a server that decodes a path before it splits it, once or more often, or that cuts parameters (`;`) off its
/// segments, would find `.` or `..` in it.
fn climbs(path: &str) -> bool {
    let mut decoded = path.as_bytes().to_vec();
    loop {
        let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
        let name = |segment: &[u8]| segment.split(|byte| *byte == b';').next().unwrap_or_default().to_vec();
        if segments.any(|segment| matches!(&name(segment)[..], b"." | b"..")) {
            return true;
        }
        let again = percent_decode(&decoded);
        if again.len() == decoded.len() {
            return false;
        }
        decoded = again;
    }
}

fn unknown(bound: &Bound, slot: &str) -> String {
    let hint = closest(slot, bound.endpoints.keys().map(String::as_str));
    let hint = hint.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    format!("the registration has no endpoint `{}`{hint}", assay_base::text::head(slot, 64))
}

#[cfg(test)]
mod tests;
