use assay_base::{
    AttachmentId, Digest, IntegrationId, OrgId, ProjectName, RegistrationId, RegistrationName, Timestamp, WorkflowId,
    WorkflowName,
};
use serde_json::Value;

/// Where an integration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntegrationSource {
    /// It is part of the executable.
    Builtin,
    /// Somebody of the organization installed it.
    Installed,
}

impl IntegrationSource {
    /// The word of the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Installed => "installed",
        }
    }
}

/// A component that somebody of an organization installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledIntegration {
    /// Whose it is.
    pub org: OrgId,
    /// Its id, from its manifest; one component has it at a time, and it is not that of a built-in one.
    pub id: IntegrationId,
    /// The digest of the component: its bytes are a blob of the organization.
    pub digest: Digest,
    /// The manifest's JSON text, as embedded in the component.
    pub manifest: String,
    /// The key id that signed it; absent when it was installed unsigned.
    pub signer: Option<String>,
    /// When.
    pub installed_at: Timestamp,
}

/// Whether the destination of a registration takes what it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nobody knows better.
    Healthy,
    /// The destination refused the credential: deliveries wait until somebody updates or tests the registration.
    Unhealthy {
        /// What it said.
        reason: String,
    },
}

/// An integration with its configuration, in an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// Whose it is.
    pub org: OrgId,
    /// Its name, unique in the organization.
    pub name: RegistrationName,
    /// Of which integration.
    pub integration: IntegrationId,
    /// The version of the integration when it was registered or last updated.
    pub version: String,
    /// What somebody said about it.
    pub description: Option<String>,
    /// The input without its secrets, each of which is `{"$secret":"set"}`: what may be shown.
    pub configuration: Value,
    /// The secrets, sealed: a JSON object from field to value.
    pub sealed: Vec<u8>,
    /// What the integration answered when it was registered.
    pub state: Value,
    /// How it is.
    pub health: Health,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A registration at work for a workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Whose it is.
    pub org: OrgId,
    /// The registration.
    pub registration_id: RegistrationId,
    /// The registration's name.
    pub registration: RegistrationName,
    /// The registration's integration.
    pub integration: IntegrationId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The workflow's project.
    pub project: ProjectName,
    /// The workflow's name.
    pub workflow: WorkflowName,
    /// Its options, with the defaults of the schema filled in.
    pub configuration: Value,
    /// What the integration answered when it was attached.
    pub state: Value,
    /// When it was made.
    pub created_at: Timestamp,
}
