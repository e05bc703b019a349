use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes: one DNS label (RFC 1123, section 2.1).
pub(crate) const MAX_NAME: usize = 63;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing.
    #[error("a name must not be empty")]
    Empty,
    /// More than 63 characters.
    #[error("a name has at most 63 characters, this one has {0}")]
    Long(usize),
    /// A character that a name cannot have at that position.
    #[error(
        "`{found}` at position {position} is not allowed: a name is lower-case letters, digits and inner hyphens (for example `release-build`)"
    )]
    Character {
        /// The character.
        found: char,
        /// Its position, from 1.
        position: usize,
    },
    /// A character that an annotation's name cannot have.
    #[error(
        "`{found}` at position {position} is not allowed: the name of an annotation is letters, digits and underscores"
    )]
    AnnotationCharacter {
        /// The character.
        found: char,
        /// Its position, from 1.
        position: usize,
    },
}

/// `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`, at most 63 characters.
fn check_label(text: &str) -> Result<(), NameError> {
    let count = text.chars().count();
    for (i, c) in text.chars().enumerate() {
        let inner = i > 0 && i + 1 < count;
        if !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' && inner) {
            return Err(NameError::Character { found: c, position: i + 1 });
        }
    }
    check_length(count)
}

/// `^[\w]+$`.
fn check_annotation(text: &str) -> Result<(), NameError> {
    if let Some((i, found)) = text.chars().enumerate().find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '_')) {
        return Err(NameError::AnnotationCharacter { found, position: i + 1 });
    }
    check_length(text.len())
}

fn check_length(count: usize) -> Result<(), NameError> {
    match count {
        0 => Err(NameError::Empty),
        1..=MAX_NAME => Ok(()),
        _ => Err(NameError::Long(count)),
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident by $check:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> { text.parse() }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self { name.0 }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:?}", self.0) }
        }
    )+};
}

names! {
    /// The name of an organization.
    OrgName by check_label,
    /// The name of a project.
    ProjectName by check_label,
    /// The name of a workflow.
    WorkflowName by check_label,
    /// The name of a contract, policy, policy group or gate.
    DocumentName by check_label,
    /// The name of a material inside a run.
    MaterialName by check_label,
    /// The name of a token or of a trusted key.
    TokenName by check_label,
    /// The id of an integration, as its manifest says it.
    IntegrationId by check_label,
    /// The name of a registration of an integration.
    RegistrationName by check_label,
    /// The name of an annotation of a contract.
    AnnotationName by check_annotation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "0", "release-build", "a--b", &"x".repeat(63)] {
            assert!(good.parse::<WorkflowName>().is_ok(), "{good}");
        }
        let bad = [
            ("", NameError::Empty),
            ("Scan_1", NameError::Character { found: 'S', position: 1 }),
            ("a-", NameError::Character { found: '-', position: 2 }),
            ("-a", NameError::Character { found: '-', position: 1 }),
            ("a.b", NameError::Character { found: '.', position: 2 }),
            ("ä", NameError::Character { found: 'ä', position: 1 }),
        ];
        for (text, error) in bad {
            assert_eq!(text.parse::<WorkflowName>(), Err(error), "{text}");
        }
        assert_eq!("x".repeat(64).parse::<WorkflowName>(), Err(NameError::Long(64)));
    }

    #[test]
    fn annotations_are_words() {
        assert!("build_number".parse::<AnnotationName>().is_ok());
        assert!("build number".parse::<AnnotationName>().is_err());
    }
}
