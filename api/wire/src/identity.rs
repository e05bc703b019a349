use assay_base::{OrgName, ProjectName, Timestamp, TokenName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhoAmI {
    /// The organization of the token.
    #[schema(value_type = String)]
    pub organization: OrgName,
    /// The name of the token.
    #[schema(value_type = String)]
    pub subject: TokenName,
    /// `viewer`, `contributor`, `admin` or `owner`.
    pub role: String,
    /// The one project that the token is limited to.
    #[schema(value_type = Option<String>)]
    pub project: Option<ProjectName>,
}

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Its name.
    #[schema(value_type = String)]
    pub name: TokenName,
    /// `viewer`, `contributor`, `admin` or `owner`.
    pub role: String,
    /// The one project that it is limited to.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub project: Option<ProjectName>,
    /// Seconds until it ends to be one.
    #[serde(default)]
    pub expires_in_seconds: Option<u64>,
}

/// A token just made. Its text is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenCreated {
    /// Its name.
    #[schema(value_type = String)]
    pub name: TokenName,
    /// What it may do.
    pub role: String,
    /// The one project that it is limited to.
    #[schema(value_type = Option<String>)]
    pub project: Option<ProjectName>,
    /// When it ends to be one.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// The token.
    pub token: String,
}

impl std::fmt::Debug for TokenCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCreated").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A token in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenItem {
    /// Its name.
    #[schema(value_type = String)]
    pub name: TokenName,
    /// What it may do.
    pub role: String,
    /// The one project that it is limited to.
    #[schema(value_type = Option<String>)]
    pub project: Option<ProjectName>,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it ends to be one.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>)]
    pub last_used_at: Option<Timestamp>,
}

/// An organization to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrg {
    /// Its name.
    #[schema(value_type = String)]
    pub name: OrgName,
}

/// An organization just made, and the token of its owner, shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrgCreated {
    /// Its name.
    #[schema(value_type = String)]
    pub name: OrgName,
    /// The owner's token.
    pub token: String,
}

impl std::fmt::Debug for OrgCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrgCreated").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An organization in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrgItem {
    /// Its name.
    #[schema(value_type = String)]
    pub name: OrgName,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
