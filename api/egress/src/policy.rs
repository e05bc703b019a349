use std::net::{IpAddr, Ipv6Addr};

use crate::address::{Network, Reach};

/// What the operator permits beyond the public network.
///
/// | entry | permits |
/// |---|---|
/// | `10.1.0.0/16`, `fd00:1::/32` | special addresses of that range, on every port |
/// | `127.0.0.1`, `127.0.0.1:8080`, `[::1]:8080` | that address, on every port or on one |
/// | `tracker.internal`, `tracker.internal:8443` | the special addresses that this name has |
///
/// Link-local addresses and those of metadata services are not permitted by any entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    to: To,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    Range(Network),
    Name(String),
}

/// Why a text permits nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no entry of any form.
    #[error(
        "`{entry}` is no destination: write `10.0.0.0/8`, `tracker.internal`, `tracker.internal:8443`, `127.0.0.1:8080` or `[::1]:8080`"
    )]
    Form {
        /// As it was given.
        entry: String,
    },
    /// The length behind the slash is no length.
    #[error("`{entry}` is no range: behind the slash stands a number from 0 to {most}")]
    Prefix {
        /// As it was given.
        entry: String,
        /// 32 or 128.
        most: u8,
    },
    /// Bits behind the prefix are set: either the address or the length is not what was meant.
    #[error("`{entry}` has bits behind its prefix: the range is `{range}`")]
    HostBits {
        /// As it was given.
        entry: String,
        /// The range that it is in.
        range: String,
    },
    /// The port is none.
    #[error("`{entry}` has no port behind its colon: a number from 1 to 65535")]
    Port {
        /// As it was given.
        entry: String,
    },
    /// Nobody may go there.
    #[error(
        "`{entry}` cannot be permitted: {what} is never reached, because credentials of the machine are served there"
    )]
    Never {
        /// As it was given.
        entry: String,
        /// What it is.
        what: &'static str,
    },
}

impl Policy {
    /// Reads the entries of an operator.
    ///
    /// # Errors
    /// [`PolicyError`] for the first entry that is none.
    pub fn parse(entries: &[String]) -> Result<Self, PolicyError> {
        let entries = entries.iter().map(|entry| Entry::parse(entry.trim())).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Whether a connection to `address` and `port` may be made for a host of that name.
    pub(crate) fn check(&self, name: Option<&str>, address: IpAddr, port: u16) -> Result<(), Blocked> {
        match Reach::of(address) {
            Reach::Public => Ok(()),
            Reach::Never(what) => Err(Blocked { what, permittable: false }),
            Reach::Special(_) if self.has(name, address, port) => Ok(()),
            Reach::Special(what) => Err(Blocked { what, permittable: true }),
        }
    }

    /// Whether an entry names the host, or the address, with that port.
    pub(crate) fn has(&self, name: Option<&str>, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        self.entries.iter().any(|entry| {
            entry.port.is_none_or(|own| own == port)
                && match &entry.to {
                    To::Range(range) => range.contains(address),
                    To::Name(own) => name == Some(own.as_str()),
                }
        })
    }

    /// Whether an entry names the host with that port.
    pub(crate) fn has_name(&self, name: &str, port: u16) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.port.is_none_or(|own| own == port) && matches!(&entry.to, To::Name(own) if own == name))
    }
}

/// Why an address is not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blocked {
    /// What it is.
    pub(crate) what: &'static str,
    /// Whether an operator could permit it.
    pub(crate) permittable: bool,
}

impl Entry {
    fn parse(text: &str) -> Result<Self, PolicyError> {
        let entry = match text.split_once('/') {
            Some((address, bits)) => Self { to: To::Range(range(text, address, bits)?), port: None },
            None => Self::host(text)?,
        };
        match &entry.to {
            To::Range(network) => match network.never() {
                Some(what) => Err(PolicyError::Never { entry: text.to_owned(), what }),
                None => Ok(entry),
            },
            To::Name(_) => Ok(entry),
        }
    }

    /// `HOST`, `HOST:PORT`, `ADDR`, `ADDR:PORT` or `[ADDR]:PORT`.
    fn host(text: &str) -> Result<Self, PolicyError> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self { to: To::Range(single(IpAddr::V6(address))), port: None });
        }
        // The last colon stands before the port, unless it is one of a bracketed address.
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port_of(text, port)?)),
            _ => (text, None),
        };
        let form = || PolicyError::Form { entry: text.to_owned() };
        let to = match url::Host::parse(host).map_err(|_| form())? {
            url::Host::Ipv6(address) => To::Range(single(IpAddr::V6(address))),
            // Other notations of an address are for attackers; an operator who writes one has made a mistake.
            url::Host::Ipv4(address) if address.to_string() == host => To::Range(single(IpAddr::V4(address))),
            url::Host::Domain(name) if is_name(&name) => To::Name(name.trim_end_matches('.').to_owned()),
            _ => return Err(form()),
        };
        Ok(Self { to, port })
    }
}

fn single(address: IpAddr) -> Network {
    Network::single(address.to_canonical())
}

fn is_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

fn port_of(entry: &str, port: &str) -> Result<u16, PolicyError> {
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    port.parse().ok().filter(|port| digits && *port != 0).ok_or_else(|| PolicyError::Port { entry: entry.to_owned() })
}

fn range(entry: &str, address: &str, bits: &str) -> Result<Network, PolicyError> {
    let base: IpAddr = address.parse().map_err(|_| PolicyError::Form { entry: entry.to_owned() })?;
    let most = if base.is_ipv4() { 32 } else { 128 };
    let bits = bits.parse().ok().filter(|bits| *bits <= most);
    let range = Network::new(base, bits.ok_or_else(|| PolicyError::Prefix { entry: entry.to_owned(), most })?);
    if range == range.normal() {
        Ok(range)
    } else {
        Err(PolicyError::HostBits { entry: entry.to_owned(), range: range.normal().to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(entries: &[&str]) -> Result<Policy, PolicyError> {
        Policy::parse(&entries.iter().map(|&e| e.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn entries_permit_what_they_say() {
        let cases: &[(&str, Option<&str>, &str, u16, bool)] = &[
            ("127.0.0.0/8", None, "127.9.9.9", 1, true),
            ("127.0.0.0/8", None, "::ffff:127.0.0.1", 1, true),
            ("127.0.0.0/8", None, "::1", 1, false),
            ("127.0.0.0/8", None, "0.0.0.0", 1, false),
            ("127.0.0.0/8", None, "64:ff9b::7f00:1", 1, false),
            ("127.0.0.1:80", None, "127.0.0.1", 80, true),
            ("127.0.0.1:80", None, "127.0.0.1", 81, false),
            ("127.0.0.1:80", None, "127.0.0.2", 80, false),
            ("[::1]:80", None, "::1", 80, true),
            ("[::1]", None, "::1", 9, true),
            ("::1", None, "::1", 9, true),
            ("::ffff:10.0.0.1", None, "10.0.0.1", 9, true),
            ("fd00:1::/32", None, "fd00:1::7", 9, true),
            ("Tracker.Internal.", Some("tracker.internal"), "10.0.0.1", 9, true),
            ("tracker.internal:8443", Some("tracker.internal"), "10.0.0.1", 9, false),
            ("tracker.internal:8443", Some("tracker.internal"), "10.0.0.1", 8443, true),
            ("tracker.internal", Some("a.tracker.internal"), "10.0.0.1", 9, false),
            ("tracker.internal", None, "10.0.0.1", 9, false),
            ("0.0.0.0/0", None, "10.0.0.1", 9, true),
            ("0.0.0.0/0", None, "169.254.169.254", 80, false),
            ("100.64.0.0/10", None, "100.100.100.200", 80, false),
            ("tracker.internal", Some("tracker.internal"), "169.254.169.254", 9, false),
            ("::/0", None, "fe80::1", 9, false),
            ("10.0.0.0/8", None, "1.1.1.1", 9, true),
        ];
        for (entry, name, address, port, expected) in cases {
            let verdict = policy(&[entry]).unwrap().check(*name, address.parse().unwrap(), *port);
            assert_eq!(verdict.is_ok(), *expected, "{entry}: {name:?} {address} {port}");
        }
    }

    #[test]
    fn mistakes_of_operators_are_named() {
        for (entry, words) in [
            ("", "no destination"),
            ("http://127.0.0.1", "no destination"),
            ("10.0.0.0/33", "from 0 to 32"),
            ("fd00::/129", "from 0 to 128"),
            ("10.0.0.0/x", "from 0 to 32"),
            ("10.0.0.1/8", "the range is `10.0.0.0/8`"),
            ("127.0.0.1:0", "port"),
            ("127.0.0.1:", "port"),
            ("127.0.0.1:+80", "port"),
            ("127.0.0.1:65536", "port"),
            ("*.internal", "no destination"),
            ("a b", "no destination"),
            ("0x7f.1", "no destination"),
            ("127.1", "no destination"),
            ("user@host", "no destination"),
            ("169.254.169.254", "never reached"),
            ("169.254.0.0/16", "never reached"),
            ("169.254.169.254:80", "never reached"),
            ("[fe80::1]:80", "never reached"),
            ("fd00:ec2::254", "never reached"),
            ("168.63.129.16/32", "never reached"),
            ("::ffff:169.254.169.254", "never reached"),
        ] {
            let error = policy(&["10.0.0.0/8", entry]).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(entry), "{entry}: {error}");
        }
    }
}
