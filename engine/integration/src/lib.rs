//! What an integration declares (its manifest) and what a registration of it makes of that: the pure part of integrations.
//!
//! | piece | what it is |
//! |---|---|
//! | [`Manifest`] | the JSON document in the custom section `assay:manifest` of a component, parsed and checked |
//! | [`Bound`] | a manifest and a registration's values: endpoints, credentials, mail servers, what the guest sees |
//! | [`typed_options`], [`fields`] | a form's schema as a command line needs it |
//!
//! A secret never reaches the guest: [`Manifest::bind`] takes it out of the input and leaves `{"$secret":"slot"}`.
//!
//! **Must not know:** the sandbox, the network, storage, HTTP. No IO, no clock.

mod apply;
mod bound;
mod error;
mod fields;
mod form;
mod issue;
mod locator;
mod manifest;
mod network;
mod node;
mod options;
mod secret;
mod suffix;
mod template;

pub use bound::{Apply, Bound, Credential, Endpoint, Grant, InputIssue, Limits, MailServer, MailTls};
pub use error::ManifestError;
pub use fields::{Field, fields};
pub use manifest::Manifest;
pub use options::typed_options;
