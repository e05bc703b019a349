use std::fmt;

use serde::Deserialize;

use crate::time::seconds_of;

/// What every call knows.
#[derive(Debug, Clone, Deserialize)]
pub struct Context {
    /// The organization's name.
    pub organization: String,
    /// The instant of the call, as RFC 3339 in UTC; there is no other clock.
    pub now: String,
    /// The registration's name and integration.
    pub registration: RegistrationName,
}

impl Context {
    /// The instant of the call, in seconds since 1970-01-01T00:00:00Z.
    pub fn now_seconds(&self) -> i64 {
        seconds_of(&self.now).unwrap_or(0)
    }
}

/// How a registration is called.
#[derive(Debug, Clone, Deserialize)]
pub struct RegistrationName {
    /// Its name in the organization.
    pub name: String,
    /// The id of its integration.
    pub integration: String,
}

/// Which delivery, of which run.
#[derive(Debug, Clone, Deserialize)]
pub struct Delivery {
    /// A UUID that stays the same however often the delivery is tried.
    #[serde(rename = "delivery_id")]
    pub id: String,
    /// Which attempt this is, from 1.
    #[serde(default = "first")]
    pub attempt: u32,
    /// The workflow.
    pub workflow: Workflow,
    /// The run and its verdict.
    pub run: Run,
}

const fn first() -> u32 {
    1
}

/// The workflow of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct Workflow {
    /// A UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its project.
    pub project: String,
    /// The name of the team that it belongs to.
    #[serde(default)]
    pub team: Option<String>,
}

/// A run and its verdict.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    /// A UUID.
    pub id: String,
    /// For example `pushed`.
    pub state: String,
    /// The server's verdict.
    pub verdict: Verdict,
    /// How many evaluations were not passed without being enforced.
    #[serde(default)]
    pub warnings: u32,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    #[serde(default)]
    pub finished_at: Option<String>,
    /// For example `GITHUB_ACTION`.
    #[serde(default)]
    pub runner_type: Option<String>,
    /// The page of the run in its CI system.
    #[serde(default)]
    pub runner_url: Option<String>,
    /// The digest of the attestation's bytes: `sha256:…`.
    pub attestation_digest: String,
    /// The version of the project.
    #[serde(default)]
    pub version: Option<String>,
    /// What the policies said.
    #[serde(default)]
    pub evaluations: Vec<Evaluation>,
}

/// The judgement of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that is enforced was passed.
    Compliant,
    /// Something that is enforced was violated.
    NonCompliant,
    /// Something could not be evaluated, or a word that this version does not know.
    #[serde(other)]
    Inconclusive,
}

impl Verdict {
    /// `compliant`, `non_compliant` or `inconclusive`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::NonCompliant => "non_compliant",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One policy on one subject.
#[derive(Debug, Clone, Deserialize)]
pub struct Evaluation {
    /// The policy's name.
    pub policy: String,
    /// The material that it judged; the attestation itself where there is none.
    #[serde(default)]
    pub material: Option<String>,
    /// The kind of what it judged.
    #[serde(default)]
    pub kind: Option<String>,
    /// `passed`, `violated`, `skipped` or `error`.
    pub status: String,
    /// Whether it counts: `enforce`, `warn` or `off`.
    #[serde(default)]
    pub enforcement: Option<String>,
    /// How many violations it found.
    #[serde(default)]
    pub violations: u32,
}
