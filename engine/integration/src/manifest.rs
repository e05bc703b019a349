mod bind;
mod limits;
mod parse;
mod split;

use assay_base::{IntegrationId, MaterialKind};
use serde_json::Value;

use crate::bound::Limits;
use crate::error::ManifestError;
use crate::form::Form;
use crate::network::Network;

/// The manifest of an integration: everything that a host must know of a component before it runs.
///
/// Its document is described in `docs/reference/manifest.md`. One that was parsed is sound: both schemas are JSON Schema
/// 2020-12 of flat objects, every slot that is named exists, and no limit is above what a host grants.
#[derive(Debug, Clone)]
pub struct Manifest {
    id: IntegrationId,
    version: String,
    api: String,
    title: String,
    description: Option<String>,
    subscribes: Value,
    attestations: bool,
    materials: Vec<MaterialKind>,
    registration: Form,
    attachment: Form,
    network: Network,
    network_text: Value,
    limits: Limits,
}

impl Manifest {
    /// The value of `schema` in a manifest.
    pub const SCHEMA: &'static str = "assay.dev/plugin/v1";
    /// The WIT package and track that integrations are written against.
    pub const API: &'static str = "assay:integration@0.1";
    /// The custom section of a component that holds its manifest.
    pub const SECTION: &'static str = "assay:manifest";
    /// The largest manifest, in bytes.
    pub const BYTES: usize = 256 << 10;

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ManifestError`], with the JSON pointer of what is wrong.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        parse::parse(text)
    }

    /// The integration's id.
    pub const fn id(&self) -> &IntegrationId {
        &self.id
    }

    /// Its version (Semantic Versioning 2.0.0).
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A name for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it does, in a sentence or two.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The WIT package and track, [`Manifest::API`].
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The JSON Schema of a registration's options.
    pub const fn registration_schema(&self) -> &Value {
        &self.registration.schema
    }

    /// The JSON Schema of an attachment's options.
    pub const fn attachment_schema(&self) -> &Value {
        &self.attachment.schema
    }

    /// What it wants of the network, as the manifest says it: for people.
    pub const fn network(&self) -> &Value {
        &self.network_text
    }

    /// What one call may use.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether it wants attestations.
    pub const fn subscribes_to_attestations(&self) -> bool {
        self.attestations
    }

    /// The kinds of material that it wants.
    pub fn materials(&self) -> &[MaterialKind] {
        &self.materials
    }

    /// What it subscribes to, as the manifest says it.
    pub const fn subscribes(&self) -> &Value {
        &self.subscribes
    }

    /// The fields of a registration whose values must not be shown: secrets, and endpoints whose URL is one.
    pub fn secret_fields(&self) -> impl Iterator<Item = &str> {
        self.registration.fields.iter().filter(|field| field.hidden).map(|field| field.name.as_str())
    }
}
