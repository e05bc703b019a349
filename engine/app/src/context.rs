use std::sync::Arc;
use std::time::Duration;

use assay_base::{Clock, Entropy, Timestamp, new_id};
use assay_model::{Caller, Enforcement};
use assay_ports::{Audit, Authority, BlobStore, Egress, Evaluator, PluginRuntime, Repositories, Vault};
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

/// The seams and settings that every use case works with.
#[derive(Clone)]
pub struct App {
    /// What is remembered.
    pub repositories: Arc<dyn Repositories>,
    /// Evidence by digest.
    pub blobs: Arc<dyn BlobStore>,
    /// The Rego sandbox.
    pub evaluator: Arc<dyn Evaluator>,
    /// Certificates and timestamps.
    pub authority: Arc<dyn Authority>,
    /// The sandbox of integrations.
    pub plugins: Arc<dyn PluginRuntime>,
    /// The way out.
    pub egress: Arc<dyn Egress>,
    /// Secrets at rest.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// How many evaluations run at once: one for each processor, so that a hostile policy delays others by its turn only.
    pub evaluations: Arc<Semaphore>,
    /// Wakes whoever sends deliveries: some may be due.
    pub deliveries_due: Arc<Notify>,
    /// What an operator may set.
    pub settings: Arc<Settings>,
}

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL under which clients know the server, without a slash at the end: issuer of certificates.
    pub public_url: String,
    /// How long a run stays open.
    pub run_ttl: Duration,
    /// How long a push waits for its verdict before it is answered without one.
    pub judging_wait: Duration,
    /// How long a blob stays that no run refers to.
    pub blob_ttl: Duration,
    /// What an attachment is that says nothing about its gate.
    pub default_enforcement: Enforcement,
}

impl App {
    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id.
    pub fn id(&self) -> Uuid {
        new_id(&*self.clock, &*self.entropy)
    }

    /// The audit event of something that `caller` does now.
    pub fn audit(&self, caller: &Caller, action: &'static str, subject: impl Into<String>) -> Audit {
        Audit { at: self.now(), actor: Some(caller.subject.clone()), action, subject: subject.into() }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}
