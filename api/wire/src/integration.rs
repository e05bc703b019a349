use assay_base::{Digest, IntegrationId, RegistrationName, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// The media type of a component that is installed.
pub const COMPONENT_MEDIA_TYPE: &str = "application/wasm";
/// The header with the component's signature: a Sigstore bundle with a `messageSignature`, in base64.
pub const COMPONENT_BUNDLE_HEADER: &str = "x-assay-bundle";

/// An integration in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntegrationItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: IntegrationId,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// `builtin` or `installed`.
    pub source: String,
    /// The digest of its component.
    #[schema(value_type = String)]
    pub digest: Digest,
}

/// An integration, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IntegrationDescription {
    /// What a list says of it.
    #[serde(flatten)]
    pub item: IntegrationItem,
    /// What it does.
    pub description: Option<String>,
    /// The world that it is made for.
    pub api: String,
    /// The id of the key that signed it; null for a built-in one, and for one that was installed unsigned.
    pub signer: Option<String>,
    /// What it is sent: `attestations`, `materials`.
    #[schema(value_type = Object)]
    pub subscribes: Value,
    /// Where it may go.
    #[schema(value_type = Object)]
    pub network: Value,
    /// What one call may use.
    pub limits: IntegrationLimits,
    /// The form of a registration: JSON Schema 2020-12.
    #[schema(value_type = Object)]
    pub registration_schema: Value,
    /// The form of an attachment: JSON Schema 2020-12.
    #[schema(value_type = Object)]
    pub attachment_schema: Value,
}

/// What one call of an integration may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntegrationLimits {
    /// Memory, in mebibytes.
    pub memory_mb: u64,
    /// Time on the processor, in milliseconds.
    pub cpu_ms: u64,
    /// Time on the wall, in milliseconds.
    pub wall_ms: u64,
    /// Requests and mails.
    pub requests: u32,
}

/// How a component is installed. The body is the component ([`COMPONENT_MEDIA_TYPE`]).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InstallQuery {
    /// Takes a component that no trusted key has signed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_unsigned: bool,
}

/// A registration to make. The destination is tried before it is kept.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegistration {
    /// The integration.
    #[schema(value_type = String)]
    pub integration: IntegrationId,
    /// Its name, unique in the organization.
    #[schema(value_type = String)]
    pub name: RegistrationName,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// The values of the integration's registration form, secrets included.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
}

/// A change of a registration: what is not named stays. The destination is tried before anything is kept.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRegistration {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Values that are new; null takes one away.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
}

impl std::fmt::Debug for NewRegistration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<_> = self.options.keys().collect();
        f.debug_struct("NewRegistration")
            .field("integration", &self.integration)
            .field("name", &self.name)
            .field("options", &fields)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for UpdateRegistration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<_> = self.options.keys().collect();
        f.debug_struct("UpdateRegistration").field("options", &fields).finish_non_exhaustive()
    }
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RegistrationItem {
    /// Its name.
    #[schema(value_type = String)]
    pub name: RegistrationName,
    /// Its integration.
    #[schema(value_type = String)]
    pub integration: IntegrationId,
    /// The integration's version when it was registered or last updated.
    pub version: String,
    /// What it is for.
    pub description: Option<String>,
    /// `healthy` or `unhealthy`.
    pub state: String,
    /// Why it is unhealthy.
    pub reason: Option<String>,
    /// Its values; a secret is `{"$secret":"set"}`.
    #[schema(value_type = Object)]
    pub configuration: Value,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// What trying a registration's destination came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegistrationTest {
    /// Whether the destination takes what it is sent.
    pub ok: bool,
    /// What it said.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_registration_are_not_printed() {
        let text = r#"{"integration":"webhook","name":"hook","options":{"secret":"hunter2"}}"#;
        let shown = format!("{:?}", serde_json::from_str::<NewRegistration>(text).unwrap());
        assert!(shown.contains("secret") && !shown.contains("hunter2"), "{shown}");
    }
}
