use assay_base::{OrgId, OrgName, Timestamp};

/// A tenant. Every other object belongs to exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrgId,
    /// Its name, unique on a server.
    pub name: OrgName,
    /// When it was made.
    pub created_at: Timestamp,
}
