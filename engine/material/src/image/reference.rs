use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use assay_base::{Digest, DigestError};

/// The registry of names that name none.
const DEFAULT_REGISTRY: &str = "docker.io";
/// Longest name of a repository with its registry (distribution/reference).
const NAME: usize = 255;
/// Longest tag.
const TAG: usize = 128;

/// The name of an image: `[registry/]repository[:tag][@sha256:…]` (the grammar of distribution/reference). A name without a
/// registry is of `docker.io`, and there a repository without a namespace is of `library`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text does not name an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The registry is not a host with an optional port.
    #[error("the registry of an image is a host with an optional port")]
    Registry,
    /// The repository has a part that is not allowed.
    #[error("the repository of an image is made of lower-case letters and digits, parted by `/`, `.`, `_` and `-`")]
    Repository,
    /// The name is too long.
    #[error("the name of an image has at most {NAME} characters")]
    Length,
    /// The tag is not one.
    #[error(
        "the tag of an image is at most {TAG} letters, digits, `_`, `.` and `-`, and begins with none of the last two"
    )]
    Tag,
    /// The digest is not one.
    #[error("the digest of the image is wrong: {0}")]
    Digest(#[source] DigestError),
}

impl Reference {
    /// The registry, a host with an optional port.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in its registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is named.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is named.
    pub const fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Registry and repository, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse().map_err(ReferenceError::Digest)?)),
            None => (text, None),
        };
        // A colon before the last slash is the port of the registry.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, path)) if is_registry(first) => (first, path),
            _ => (DEFAULT_REGISTRY, name),
        };
        let registry = if registry == "index.docker.io" { DEFAULT_REGISTRY } else { registry };
        let official = registry == DEFAULT_REGISTRY && !path.contains('/');
        let repository = if official { format!("library/{path}") } else { path.to_owned() };
        check(registry, &repository, tag)?;
        Ok(Self { registry: registry.to_owned(), repository, tag: tag.map(str::to_owned), digest })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// What tells a registry from the first part of a repository.
fn is_registry(part: &str) -> bool {
    part == "localhost" || part.contains(['.', ':']) || part.chars().any(|c| c.is_ascii_uppercase())
}

fn check(registry: &str, repository: &str, tag: Option<&str>) -> Result<(), ReferenceError> {
    if !is_host_and_port(registry) {
        return Err(ReferenceError::Registry);
    }
    if !repository.split('/').all(is_component) {
        return Err(ReferenceError::Repository);
    }
    if registry.len() + 1 + repository.len() > NAME {
        return Err(ReferenceError::Length);
    }
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    match tag.map(str::as_bytes) {
        None => Ok(()),
        Some([first, rest @ ..])
            if word(*first) && rest.len() < TAG && rest.iter().all(|b| word(*b) || b".-".contains(b)) =>
        {
            Ok(())
        }
        Some(_) => Err(ReferenceError::Tag),
    }
}

/// Whether a text is a name, an address, or an address of IPv6 in brackets, with an optional port.
fn is_host_and_port(text: &str) -> bool {
    let (is_host, port) = if let Some((address, port)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        (address.parse::<Ipv6Addr>().is_ok(), port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (host.split('.').all(is_label), port)
    };
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()))
}

fn is_label(part: &str) -> bool {
    !part.is_empty()
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !part.starts_with('-')
        && !part.ends_with('-')
}

/// Letters and digits, parted by `.`, `_`, `__` or any number of `-`.
fn is_component(part: &str) -> bool {
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends = bytes.first().is_some_and(alphanumeric) && bytes.last().is_some_and(alphanumeric);
    let parted = part
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'));
    ends && parted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (text, full) in [
            ("nginx", "docker.io/library/nginx".to_owned()),
            ("a/b:1.2", "docker.io/a/b:1.2".to_owned()),
            ("index.docker.io/library/x:y", "docker.io/library/x:y".to_owned()),
            ("localhost:5000/x", "localhost:5000/x".to_owned()),
            ("[::1]:5000/x:1", "[::1]:5000/x:1".to_owned()),
            ("[2001:db8::7]/a/b", "[2001:db8::7]/a/b".to_owned()),
            ("ghcr.io/a/b__c/d--e", "ghcr.io/a/b__c/d--e".to_owned()),
            (&format!("ghcr.io/a/b:1@{digest}"), format!("ghcr.io/a/b:1@{digest}")),
            (&format!("b@{digest}"), format!("docker.io/library/b@{digest}")),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), full);
            assert_eq!(full.parse(), Ok(reference));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for (text, error) in [
            ("", ReferenceError::Repository),
            ("a//b", ReferenceError::Repository),
            ("./sbom.json", ReferenceError::Registry),
            ("../x", ReferenceError::Registry),
            ("/etc/passwd", ReferenceError::Repository),
            ("a/B", ReferenceError::Repository),
            ("ghcr.io:x/a", ReferenceError::Registry),
            ("[::1:5000/a", ReferenceError::Registry),
            ("[::1]5000/a", ReferenceError::Registry),
            ("[::1]:/a", ReferenceError::Registry),
            ("[::g]:5000/a", ReferenceError::Registry),
            ("[ghcr.io]/a", ReferenceError::Registry),
            ("::1/a", ReferenceError::Registry),
            ("a:", ReferenceError::Tag),
            ("a:-x", ReferenceError::Tag),
            ("a b", ReferenceError::Repository),
            ("a@sha512:00", ReferenceError::Digest(DigestError::Algorithm)),
            ("a@sha256:00", ReferenceError::Digest(DigestError::Length(2))),
        ] {
            assert_eq!(text.parse::<Reference>(), Err(error), "{text}");
        }
        assert_eq!("a".repeat(250).parse::<Reference>(), Err(ReferenceError::Length));
    }
}
