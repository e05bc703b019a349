//! What travels over HTTP: request and answer types, problem types and exit codes, shared by server and CLI.
//!
//! Shapes are those of the CLI reference: additive changes only. Text fields that have a grammar (ids, names, digests,
//! instants) are the types of `assay-base`, so that a wrong one does not get past the edge.
//!
//! **Must not know:** axum, the nouns of `engine/model` (the server converts), IO.

mod attachment;
mod delivery;
mod document;
mod evaluation;
mod exit;
mod gate;
mod identity;
mod integration;
mod page;
mod problem;
mod push;
mod run;
mod signing;
mod trust;
mod workflow;

pub use attachment::{AttachmentItem, AttachmentQuery, Backfill, BackfillAnswer, NewAttachment};
pub use delivery::{DeliveriesDue, DeliveryAttempt, DeliveryDescription, DeliveryItem, DeliveryQuery, Replay};
pub use document::{
    AppliedItem, ApplyAnswer, ApplyFile, ApplyRequest, ApplySource, DocumentDescription, DocumentItem, LintAnswer,
    LintError,
};
pub use evaluation::{Evaluation, EvaluationError, Unmatched, Violation};
pub use exit::Exit;
pub use gate::{GateAnswer, GateReason};
pub use identity::{NewOrg, NewToken, OrgCreated, OrgItem, TokenCreated, TokenItem, WhoAmI};
pub use integration::{
    COMPONENT_BUNDLE_HEADER, COMPONENT_MEDIA_TYPE, InstallQuery, IntegrationDescription, IntegrationItem,
    IntegrationLimits, NewRegistration, RegistrationItem, RegistrationTest, UpdateRegistration,
};
pub use page::{List, Paging};
pub use problem::{PROBLEM_BASE, Problem, ProblemKind};
pub use push::PushAnswer;
pub use run::{
    ContractRef, FinishRun, FinishedRun, Material, OpenRun, OpenedRun, PinnedPolicy, RunDescription, RunItem, RunQuery,
    Runner, Signer, Subject,
};
pub use signing::{CertificateAnswer, CertificateRequest, TimestampAnswer, TimestampRequest};
pub use trust::{NewTrustKey, TrustKeyItem};
pub use workflow::{BindWorkflow, WorkflowItem, WorkflowQuery};
