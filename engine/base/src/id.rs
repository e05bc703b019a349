use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID in its hyphenated lower-case form")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// The id with these 16 bytes; ids are minted by [`crate::new_id`].
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            /// The UUID of the id.
            pub const fn uuid(self) -> Uuid { self.0 }
            /// The 16 bytes, the form in which a database keeps it.
            pub const fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let uuid = Uuid::try_parse(text).map_err(|_| IdError)?;
                // One text per id: what is stored, shown and compared is the same everywhere.
                if uuid.hyphenated().to_string() == text { Ok(Self(uuid)) } else { Err(IdError) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> { text.parse() }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self { id.to_string() }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", stringify!($name), self.0) }
        }
    )+};
}

ids! {
    /// An organization: the tenant.
    OrgId,
    /// A project of an organization.
    ProjectId,
    /// A workflow of a project.
    WorkflowId,
    /// One execution of a workflow.
    RunId,
    /// An API token.
    TokenId,
    /// A public key that an organization trusts.
    TrustKeyId,
    /// A job that the server still owes.
    JobId,
    /// An integration with its configuration, in an organization.
    RegistrationId,
    /// A registration at work for a workflow.
    AttachmentId,
    /// One attestation on its way to one attachment: the idempotency key that the receiver sees.
    DeliveryId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_text_form_is_taken() {
        let text = "0190a5d0-0000-7000-8000-00000000000a";
        assert_eq!(text.parse::<RunId>().map(|id| id.to_string()).as_deref(), Ok(text));
        for bad in [text.to_uppercase(), text.replace('-', ""), format!("{{{text}}}"), "x".to_owned()] {
            assert_eq!(bad.parse::<RunId>(), Err(IdError), "{bad}");
        }
    }
}
