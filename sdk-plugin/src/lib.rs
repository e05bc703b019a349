//! Writes an integration: a WebAssembly component that Assay calls with every attestation of the workflows it is attached to.
//!
//! An integration is a type that implements [`Integration`], and one line that exports it:
//!
//! ```
//! use assay_plugin_sdk::prelude::*;
//!
//! /// Posts a line for every attestation.
//! pub struct Chat;
//!
//! /// Where the lines go.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! pub struct Registration {
//!     /// The URL of the room's hook.
//!     #[schemars(extend("x-assay-endpoint" = "hook", "writeOnly" = true))]
//!     hook: Endpoint,
//! }
//!
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! pub struct Attachment {}
//!
//! impl Integration for Chat {
//!     const MANIFEST: Manifest = Manifest::new("chat", "1.0.0", "Chat room")
//!         .attestations()
//!         .endpoints(&[EndpointRule::new("hook").methods(&["POST"])]);
//!     type Registration = Registration;
//!     type Attachment = Attachment;
//!
//!     fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
//!         Request::post(&registration.hook).json(&json!({"text": "Assay is here"})).send()?.ok(context)?;
//!         Ok(json!({}))
//!     }
//!
//!     fn execute(task: Task<Self>) -> Result<Value, Error> {
//!         let text = summary(&task.delivery);
//!         let hook = &task.registration.configuration.hook;
//!         let response = Request::post(hook).json(&json!({"text": text})).send()?.ok(&task.context)?;
//!         Ok(json!({"status": response.status}))
//!     }
//! }
//!
//! assay_plugin_sdk::export!(Chat);
//! ```
//!
//! | piece | what it is for |
//! |---|---|
//! | [`Integration`], [`export!`] | what an integration does |
//! | [`Manifest`] | what it declares: endpoints, materials, limits; its schemas come from its types |
//! | [`Secret`], [`Endpoint`] | fields whose values stay with the host |
//! | [`Task`], [`Context`], [`Delivery`] | what a call is about |
//! | [`Evidence`], [`Blob`], [`Attestation`] | the bytes, read piece by piece or sent without being read |
//! | [`Request`], [`Response`] | HTTP, by way of the host; [`Response::ok`] makes the right [`Error`] of a status |
//! | [`mail`], [`log`], [`state`] | mail, lines for whoever looks at a delivery, a few small values |
//! | `testing` | a host for unit tests; on the developer's machine only |
//!
//! For `wasm32-unknown-unknown` the functions of the host are the imports of the component (`wit/integration.wit`);
//! everywhere else they are answered by `testing::MockHost`, so that `cargo test` needs nothing else.
//!
//! **Must not know:** anything inside Assay. What crosses the boundary is the WIT package and JSON documents.

mod attestation;
pub mod base64;
mod blob;
mod context;
#[doc(hidden)]
pub mod entry;
mod error;
mod host;
pub mod http;
mod integration;
pub mod log;
pub mod mail;
mod manifest;
mod schema;
mod slots;
pub mod state;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod text;
mod time;

pub use attestation::Attestation;
pub use blob::{Blob, Evidence, Metadata};
pub use context::{Context, Delivery, Evaluation, RegistrationName, Run, Verdict, Workflow};
pub use error::{Error, Failure, FieldIssue, Retry};
#[doc(hidden)]
#[cfg(target_arch = "wasm32")]
pub use host::bindings;
pub use http::{Body, Chunks, Encoding, HttpError, Multipart, Part, Request, Response, Target};
pub use integration::{Configured, Integration, Task};
pub use manifest::{DefaultUrl, EndpointRule, HostRule, Limits, MailRule, Manifest};
pub use schema::schema_of;
pub use slots::{Endpoint, Secret};
pub use text::{summary, truncate};
pub use time::seconds_of;
pub use {schemars, serde, serde_json};

/// Everything that an integration usually needs.
pub mod prelude {
    pub use crate::{
        Attestation, Blob, Chunks, Configured, Context, DefaultUrl, Delivery, Encoding, Endpoint, EndpointRule, Error,
        Evidence, HostRule, Integration, Limits, MailRule, Manifest, Multipart, Part, Request, Response, Secret, Task,
        Verdict, log, mail, state, summary, truncate,
    };
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::{Value, json};
}

/// Makes a type that implements [`Integration`] the integration of this crate.
#[macro_export]
macro_rules! export {
    ($integration:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[expect(unsafe_code, reason = "the functions of a component have addresses for arguments")]
        const _: () = {
            type Exported = $crate::entry::Exported<$integration>;
    $crate::bindings::export_component!(Exported with_types_in $crate::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> $crate::Manifest = || <$integration as $crate::Integration>::MANIFEST;
    };
}
