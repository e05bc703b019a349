use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A secret that the host keeps and puts into the requests that name it: [`Request::auth`](crate::Request::auth).
///
/// The field says where it goes and how:
/// `#[schemars(extend("x-assay-secret" = {"slot": "key", "endpoint": "api", "as": {"header": "X-Api-Key"}}))]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Secret {
    #[serde(rename = "$secret")]
    slot: Cow<'static, str>,
}

impl Secret {
    /// The secret of a slot, by its name in the manifest.
    pub const fn of(slot: &'static str) -> Self {
        Self { slot: Cow::Borrowed(slot) }
    }

    /// The slot's name.
    pub fn slot(&self) -> &str {
        &self.slot
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "password", "writeOnly": true})
    }
}

/// A destination whose URL the host knows. A field of this type says which: `#[schemars(extend("x-assay-endpoint" = "api"))]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Endpoint {
    #[serde(rename = "$endpoint")]
    slot: Cow<'static, str>,
}

impl Endpoint {
    /// The endpoint of a slot, by its name in the manifest; for endpoints with a default.
    pub const fn of(slot: &'static str) -> Self {
        Self { slot: Cow::Borrowed(slot) }
    }

    /// The slot's name.
    pub fn slot(&self) -> &str {
        &self.slot
    }
}

impl JsonSchema for Endpoint {
    fn schema_name() -> Cow<'static, str> {
        "Endpoint".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "uri"})
    }
}
