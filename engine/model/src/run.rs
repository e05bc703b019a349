use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use assay_base::{
    Digest, DocumentName, MaterialKind, MaterialName, OrgId, ProjectName, RunId, Timestamp, WorkflowId, WorkflowName,
};

use crate::{ContractRef, Verdict};

/// Where a run is in its life. Only an open run takes an attestation, and it takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// It waits for its attestation.
    Open,
    /// Its attestation is stored.
    Pushed,
    /// Somebody gave it up.
    Cancelled,
    /// Its pipeline failed.
    Failed,
    /// Nobody pushed in time.
    Expired,
}

/// A step that the life of a run does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run is {from} already", from = .0.as_str())]
pub struct TransitionError(pub RunState);

impl RunState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Open, Self::Pushed, Self::Cancelled, Self::Failed, Self::Expired];

    /// The word of `reference/cli`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pushed => "pushed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// The step to `next`.
    ///
    /// # Errors
    /// [`TransitionError`] from every state but [`RunState::Open`]: the others are final.
    pub const fn step(self, next: Self) -> Result<Self, TransitionError> {
        match self {
            Self::Open => Ok(next),
            _ => Err(TransitionError(self)),
        }
    }
}

/// A text that is no state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a run is `open`, `pushed`, `cancelled`, `failed` or `expired`")]
pub struct UnknownState;

impl FromStr for RunState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a reference of the contract stood for when the run was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedPolicy {
    /// The reference as the contract writes it.
    pub reference: String,
    /// The digest of the policy document.
    pub digest: Digest,
    /// The policy's name.
    pub name: DocumentName,
}

/// Where a run takes place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runner {
    /// The runner's type, Chainloop's name; absent outside of a known CI.
    pub kind: Option<String>,
    /// The page of the job.
    pub url: Option<String>,
}

/// One execution of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose it is.
    pub org: OrgId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The workflow's project.
    pub project: ProjectName,
    /// The workflow's name.
    pub workflow: WorkflowName,
    /// The version of the project that it builds.
    pub version: Option<String>,
    /// Where it is in its life.
    pub state: RunState,
    /// The contract revision that it is pinned to.
    pub contract: ContractRef,
    /// The policies that it is pinned to.
    pub pins: Vec<PinnedPolicy>,
    /// Where it takes place, as told at init.
    pub runner: Runner,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it expires unless it is pushed.
    pub expires_at: Timestamp,
    /// When it was pushed, cancelled, failed or expired.
    pub finished_at: Option<Timestamp>,
    /// Why it was given up.
    pub reason: Option<String>,
    /// The digest of its bundle.
    pub digest: Option<Digest>,
    /// Its verdict; absent until it is judged.
    pub verdict: Option<Verdict>,
}

impl Run {
    /// The state at `now`: an open run whose time is over has expired, whether or not anybody wrote that down.
    pub fn state_at(&self, now: Timestamp) -> RunState {
        if self.state == RunState::Open && self.expires_at <= now { RunState::Expired } else { self.state }
    }

    /// The run as it stands in a list.
    pub fn item(&self, now: Timestamp) -> RunItem {
        RunItem {
            id: self.id,
            project: self.project.clone(),
            workflow: self.workflow.clone(),
            version: self.version.clone(),
            state: self.state_at(now),
            verdict: self.verdict,
            digest: self.digest,
            created_at: self.created_at,
            finished_at: self.finished_at,
        }
    }
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunItem {
    /// Its id.
    pub id: RunId,
    /// The workflow's project.
    pub project: ProjectName,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The version that it builds.
    pub version: Option<String>,
    /// Where it is in its life.
    pub state: RunState,
    /// Its verdict.
    pub verdict: Option<Verdict>,
    /// The digest of its bundle.
    pub digest: Option<Digest>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it ended to be open.
    pub finished_at: Option<Timestamp>,
}

/// A run to open. The workflow is made with it when there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// The run's id.
    pub id: RunId,
    /// The organization.
    pub org: OrgId,
    /// The id that the workflow gets when it is made now.
    pub workflow_id: WorkflowId,
    /// The project.
    pub project: ProjectName,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The contract that the workflow must be bound to, and is bound to when it is made now; absent for the empty one.
    pub binding: Option<DocumentName>,
    /// The version that it builds.
    pub version: Option<String>,
    /// The contract revision.
    pub contract: ContractRef,
    /// The policies.
    pub pins: Vec<PinnedPolicy>,
    /// Where it takes place.
    pub runner: Runner,
    /// Now.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A material of a pushed attestation.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    /// Its name in the run.
    pub name: MaterialName,
    /// Its kind.
    pub kind: MaterialKind,
    /// Its digest; absent for a text that has none.
    pub digest: Option<Digest>,
    /// Its size in bytes, when it is known.
    pub size: Option<u64>,
    /// Its value, when it is a text or a reference.
    pub value: Option<String>,
    /// Whether its digest is a subject that answers gates: the contract says so.
    pub output: bool,
    /// Its annotations, as the statement has them.
    pub annotations: BTreeMap<String, String>,
}

/// A subject of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Algorithm and hexadecimal digest, for example `sha256:…`.
    pub digest: String,
}

/// Who signed an attestation, as it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerRecord {
    /// `certificate` or `key`.
    pub kind: String,
    /// The URI of the certificate, or the name of the key.
    pub identity: String,
}

/// A verified attestation to store. `engine/app` makes it of a `Verified` statement only.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// Whose it is.
    pub org: OrgId,
    /// The run that it ends.
    pub run: RunId,
    /// The workflow of the run.
    pub workflow_id: WorkflowId,
    /// The bundle exactly as received.
    pub bundle: Vec<u8>,
    /// The digest of `bundle`.
    pub digest: Digest,
    /// Who signed it.
    pub signer: SignerRecord,
    /// Its materials.
    pub materials: Vec<Material>,
    /// Its subjects.
    pub subjects: Vec<Subject>,
    /// When it was received: the instant at which it is judged.
    pub received_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_run_changes() {
        for from in RunState::ALL {
            for next in [RunState::Pushed, RunState::Cancelled, RunState::Failed, RunState::Expired] {
                let step = from.step(next);
                assert_eq!(step.is_ok(), from == RunState::Open, "{from} to {next}");
            }
        }
    }
}
