//! The nouns of the plane and their rules: organizations, tokens and roles, documents, workflows, runs, evaluations,
//! verdicts and gates.
//!
//! Plain values and pure functions: what a state may become, what a verdict follows from, what a gate answers.
//!
//! **Must not know:** storage, the wire, documents' syntax, IO. None of these types is `Serialize`: what travels over HTTP
//! is in `api/wire`, what lies in a database in `api/storage`.

mod delivery;
mod document;
mod evaluation;
mod gate;
mod integration;
mod org;
mod run;
mod token;
mod trust;
mod verdict;
mod workflow;

pub use delivery::{Attempt, AttemptOutcome, Delivery, DeliveryState, NextStep, TRIED_FOR, delivery_id, next_attempt};
pub use document::{Applied, ApplyStatus, ContractRef, DocumentKind, DocumentRevision, FileRef, NewDocument};
pub use evaluation::{Enforcement, Evaluation, EvaluationError, EvaluationStatus, Phase, Unmatched, Violation};
pub use gate::{Decision, GateAnswer, GateReason, GateRule, LatestRun, SkippedRule, WorkflowKey, decide};
pub use integration::{Attachment, Health, InstalledIntegration, IntegrationSource, Registration};
pub use org::Organization;
pub use run::{
    Material, NewRun, PinnedPolicy, Push, Run, RunItem, RunState, Runner, SignerRecord, Subject, TransitionError,
};
pub use token::{ApiToken, Caller, Role};
pub use trust::TrustKey;
pub use verdict::{RunVerdict, Verdict};
pub use workflow::{Workflow, WorkflowItem};
