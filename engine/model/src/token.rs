use std::fmt;
use std::str::FromStr;

use assay_base::{OrgId, OrgName, ProjectName, Timestamp, TokenId, TokenName};

/// What a token may do; each role may do what the ones before it may. The table of operations is in `engine/app`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads everything of the organization but secrets, and asks gates.
    Viewer,
    /// Attests: opens, fills, pushes and cancels runs.
    Contributor,
    /// Writes contracts, policies and gates.
    Admin,
    /// Holds keys, tokens and organizations.
    Owner,
}

/// A text that is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `viewer`, `contributor`, `admin` or `owner`")]
pub struct UnknownRole;

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Contributor, Self::Admin, Self::Owner];

    /// The name as users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Contributor => "contributor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id, part of its text.
    pub id: TokenId,
    /// Whose it is.
    pub org: OrgId,
    /// Its name, unique among the live tokens of the organization.
    pub name: TokenName,
    /// What it may do.
    pub role: Role,
    /// The one project that it is limited to.
    pub project: Option<ProjectName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends to be one.
    pub expires_at: Option<Timestamp>,
    /// When it was last seen, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it may be used at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Who is asking: the organization, the token, its rights. Made by authentication only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The organization of the token.
    pub org: OrgId,
    /// Its name.
    pub org_name: OrgName,
    /// The token.
    pub token: TokenId,
    /// Its name, the subject in the audit trail.
    pub subject: TokenName,
    /// What it may do.
    pub role: Role,
    /// The one project that it is limited to.
    pub project: Option<ProjectName>,
}

impl Caller {
    /// Whether objects of `project` exist for this caller.
    pub fn sees(&self, project: &ProjectName) -> bool {
        self.project.as_ref().is_none_or(|own| own == project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_read_back() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
    }
}
