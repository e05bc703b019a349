use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use assay_ports::EgressError;
use url::Url;

use crate::policy::{Blocked, Policy};

/// A host, as it was parsed once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    /// A name in ASCII, in lower case, without a dot at its end.
    Name(String),
    /// An address, however it was written.
    Address(IpAddr),
}

impl Host {
    /// Reads a host that stands for itself, as the one of a mail server.
    pub(crate) fn parse(text: &str) -> Result<Self, EgressError> {
        if text.len() > HOST_BYTES {
            return Err(denied(format!("a host has at most {HOST_BYTES} bytes")));
        }
        let bare = text.parse::<IpAddr>().map(Self::Address);
        bare.or_else(|_| match url::Host::parse(text) {
            Ok(host) => Self::of(host),
            Err(_) => Err(denied(format!("`{}` is no host", assay_base::text::printable(text)))),
        })
    }

    fn of(host: url::Host<String>) -> Result<Self, EgressError> {
        match host {
            url::Host::Ipv4(v4) => Ok(Self::Address(IpAddr::V4(v4))),
            url::Host::Ipv6(v6) => Ok(Self::Address(IpAddr::V6(v6).to_canonical())),
            url::Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                let fine = !name.is_empty() && name.len() <= 253 && name.split('.').all(is_label);
                fine.then(|| Self::Name(name.to_owned()))
                    .ok_or_else(|| denied(format!("`{name}` is no name of a host")))
            }
        }
    }

    /// Whether the name stands for the machine itself (RFC 6761, section 6.3).
    pub(crate) fn is_localhost(&self) -> bool {
        matches!(self, Self::Name(name) if name == "localhost" || name.ends_with(".localhost"))
    }

    /// Refuses what is refused whatever a resolver says.
    pub(crate) fn check(&self, policy: &Policy, port: u16) -> Result<(), EgressError> {
        let first = |blocked| self.refusal(port, blocked);
        match self {
            Self::Address(address) => policy.check(None, *address, port).map_err(first),
            Self::Name(name) if self.is_localhost() => LOOPBACK
                .iter()
                .map(|address| policy.check(Some(name), *address, port))
                .reduce(Result::or)
                .unwrap_or(Ok(()))
                .map_err(first),
            Self::Name(_) => Ok(()),
        }
    }

    /// The refusal of a host, in words for the user and for the operator.
    pub(crate) fn refusal(&self, port: u16, blocked: Blocked) -> EgressError {
        let at = self.with_port(port);
        denied(match (self, blocked.permittable) {
            (Self::Address(_), true) => {
                format!("`{self}` is {}: an operator can permit it with --egress-allow {at}", blocked.what)
            }
            (Self::Name(_), true) => {
                format!(
                    "`{self}` has {} among its addresses: an operator can permit it with --egress-allow {at}",
                    blocked.what
                )
            }
            (Self::Address(_), false) => format!("`{self}` is {}, which is never reached", blocked.what),
            (Self::Name(_), false) => {
                format!("`{self}` has {} among its addresses, which is never reached", blocked.what)
            }
        })
    }

    /// `host:port`, with brackets around an address of IPv6.
    pub(crate) fn with_port(&self, port: u16) -> String {
        format!("{self}:{port}")
    }
}

/// The addresses of `localhost`.
pub(crate) const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(v4)) => v4.fmt(f),
            Self::Address(IpAddr::V6(v6)) => write!(f, "[{v6}]"),
        }
    }
}

/// Most bytes of a URL. Reading a long one costs more than its length: names are normalized.
const URL_BYTES: usize = 8 * 1024;
/// Most bytes of a host that stands for itself: a name of 253 characters in any script.
const HOST_BYTES: usize = 1024;

/// Where a request goes: the one parse of its URL, which is checked and then sent.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Scheme, host, port, path and query.
    pub(crate) url: Url,
    /// The host.
    pub(crate) host: Host,
    /// The port, that of the scheme unless another is written.
    pub(crate) port: u16,
    /// Whether TLS is spoken.
    pub(crate) secure: bool,
}

impl Target {
    /// Parses a URL and refuses what is no plain, absolute URL of a server. A refusal shows the host at most: the rest may be
    /// a secret.
    pub(crate) fn parse(text: &str) -> Result<Self, EgressError> {
        if text.len() > URL_BYTES {
            return Err(denied(format!("a URL has at most {URL_BYTES} bytes")));
        }
        // A browser forgives these; whoever else reads the URL may see another host.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(denied("the URL has spaces, control characters or backslashes".to_owned()));
        }
        let url = Url::parse(text).map_err(|e| denied(format!("the URL cannot be read: {e}")))?;
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(denied(format!("`{other}` is no scheme that is sent to: use https or http"))),
        };
        if !url.username().is_empty() || url.password().is_some() || has_userinfo(text) {
            return Err(denied("the URL has user information before its host".to_owned()));
        }
        if url.fragment().is_some() {
            return Err(denied("the URL has a fragment".to_owned()));
        }
        let host = url.host().map(|h| h.to_owned()).ok_or_else(|| denied("the URL has no host".to_owned()))?;
        let port = url.port_or_known_default().filter(|port| *port != 0);
        let port = port.ok_or_else(|| denied("nobody listens on port 0".to_owned()))?;
        Ok(Self { host: Host::of(host)?, port, secure, url })
    }

    /// `https://host:port`, the port always written.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host.with_port(self.port))
    }

    /// The value of `Host` (RFC 9110, section 7.2): the port only where it is not the scheme's.
    pub(crate) fn authority(&self) -> String {
        if self.port == if self.secure { 443 } else { 80 } {
            self.host.to_string()
        } else {
            self.host.with_port(self.port)
        }
    }
}

/// Whether the authority has an `@`: also an empty user is one.
fn has_userinfo(text: &str) -> bool {
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// A refusal.
pub(crate) fn denied(reason: String) -> EgressError {
    EgressError::Denied { reason }
}
