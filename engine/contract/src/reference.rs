use std::fmt;
use std::str::FromStr;

use assay_base::{Digest, DigestError, DocumentName, NameError, OrgName};

/// The reference of an attachment to a policy or a policy group: `[scheme://]target[@sha256:<hex>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// The reference as written.
    pub text: String,
    /// What it points at.
    pub target: RefTarget,
    /// The digest that the document must have.
    pub digest: Option<Digest>,
}

/// What a reference points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefTarget {
    /// `file://path.yaml`: a file beside the document.
    File {
        /// The path behind `file://`.
        path: String,
    },
    /// `https://host/path.yaml` or `http://…`.
    Url {
        /// The whole URL, without the digest.
        url: String,
    },
    /// `[chainloop://][provider:][org/]name`: a document of the registry.
    Named {
        /// The provider, which is kept but means nothing here.
        provider: Option<DocumentName>,
        /// The organization, when it is written.
        org: Option<OrgName>,
        /// The name of the document.
        name: DocumentName,
    },
}

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    /// There is nothing.
    #[error("the reference is empty")]
    Empty,
    /// The scheme is none of `file`, `http`, `https` and `chainloop`.
    #[error("`{0}://` is not a scheme of references")]
    Scheme(String),
    /// A path without an extension.
    #[error("a reference to a file or URL ends in a file name with an extension, as `policy.yaml`")]
    Extension,
    /// A URL without a host or a path.
    #[error("a URL needs a host and a path")]
    Url,
    /// What stands behind `@` is no digest.
    #[error("what stands behind `@` is not a digest: {0}")]
    Digest(#[source] DigestError),
    /// A part is no name.
    #[error("`{part}` is not a name: {source}")]
    Name {
        /// The part.
        part: String,
        /// Why.
        source: NameError,
    },
}

impl FromStr for PolicyRef {
    type Err = RefError;
    fn from_str(text: &str) -> Result<Self, RefError> {
        if text.is_empty() {
            return Err(RefError::Empty);
        }
        let (body, digest) = match text.rsplit_once('@') {
            Some((body, digest)) if digest.starts_with("sha256:") => {
                (body, Some(digest.parse().map_err(RefError::Digest)?))
            }
            _ => (text, None),
        };
        Ok(Self { text: text.to_owned(), target: target(body)?, digest })
    }
}

impl fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn target(body: &str) -> Result<RefTarget, RefError> {
    match body.split_once("://") {
        Some(("file", path)) => {
            with_extension(path)?;
            Ok(RefTarget::File { path: path.to_owned() })
        }
        Some(("http" | "https", rest)) => {
            let (host, path) = rest.split_once('/').ok_or(RefError::Url)?;
            if host.is_empty() || path.is_empty() || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(RefError::Url);
            }
            with_extension(path)?;
            Ok(RefTarget::Url { url: body.to_owned() })
        }
        Some(("chainloop", rest)) => named(rest),
        Some((scheme, _)) => Err(RefError::Scheme(scheme.to_owned())),
        None => named(body),
    }
}

/// A file name of at least one character, a dot, and an extension.
fn with_extension(path: &str) -> Result<(), RefError> {
    let file = path.split(['?', '#']).next().and_then(|p| p.rsplit('/').next()).unwrap_or_default();
    match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !extension.is_empty() && !path.contains('\0') => Ok(()),
        _ => Err(RefError::Extension),
    }
}

fn named(text: &str) -> Result<RefTarget, RefError> {
    let (provider, rest) = match text.split_once(':') {
        Some((provider, rest)) => (Some(name(provider)?), rest),
        None => (None, text),
    };
    let (org, rest) = match rest.split_once('/') {
        Some((org, rest)) => (Some(name(org)?), rest),
        None => (None, rest),
    };
    Ok(RefTarget::Named { provider, org, name: name(rest)? })
}

fn name<N: FromStr<Err = NameError>>(part: &str) -> Result<N, RefError> {
    part.parse().map_err(|source| RefError::Name { part: part.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_references() {
        let hex = "0".repeat(64);
        let good = [
            ("file://a.yaml".to_owned(), "File"),
            (format!("file://../b/a.yaml@sha256:{hex}"), "File"),
            ("https://h.example/p/a.yaml?x=1".into(), "Url"),
            ("vulnerabilities".into(), "Named"),
            ("chainloop://builtin:org/vulnerabilities".into(), "Named"),
            (format!("org/name@sha256:{hex}"), "Named"),
        ];
        for (text, variant) in good {
            let reference: PolicyRef = text.parse().unwrap();
            assert!(format!("{:?}", reference.target).starts_with(variant), "{text}");
            assert_eq!(reference.digest.is_some(), text.contains("@sha256:"), "{text}");
            assert_eq!(reference.to_string(), text);
        }
        let bad = [
            "",
            "file://a",
            "file://.yaml",
            "https://h.example",
            "https:///a.yaml",
            "ftp://h/a.yaml",
            "A",
            "a/b/c",
            "idontexist.yaml",
            "a@sha256:12",
            "a@b",
            "a b",
            "a:",
            "/a",
            "https://h/a b.yaml",
        ];
        for text in bad {
            assert!(text.parse::<PolicyRef>().is_err(), "{text}");
        }
    }
}
