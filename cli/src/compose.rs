//! Chooses the adapters: the one place that knows which database, blob store, sandbox and signer a server runs on.

mod data_dir;
mod plugins;

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use assay_app::{App, AppError, Settings};
use assay_cas::LocalStore;
use assay_egress::{Broker, Policy};
use assay_model::Enforcement;
use assay_policy::RegoEvaluator;
use assay_ports::Egress;
use assay_signer::{LocalAuthority, LocalVault};
use assay_storage::Sqlite;
use assay_wire::Exit;
use tokio::sync::{Notify, Semaphore};

pub(crate) use data_dir::{DataDir, MasterKeyFrom};

use crate::error::CliError;
use crate::system::{SystemClock, SystemEntropy};

/// How long a run stays open, and how long a blob stays that no run refers to.
const DAY: Duration = Duration::from_hours(24);
/// How long a push waits for its verdict.
const JUDGING: Duration = Duration::from_secs(10);
/// The organization that a server begins with, and that holds it.
const FIRST: &str = "default";

/// A server's use cases on their adapters.
pub(crate) struct Plane {
    /// The use cases.
    pub(crate) app: App,
    database: Arc<Sqlite>,
}

impl Plane {
    /// Opens everything that is in the data directory, and makes what is missing. Must be called on a runtime.
    ///
    /// # Errors
    /// [`CliError`] when something cannot be opened.
    pub(crate) async fn open(
        dir: &DataDir,
        keys: MasterKeyFrom<'_>,
        public_url: String,
        permitted: Policy,
    ) -> Result<Self, CliError> {
        let entropy = Arc::new(SystemEntropy);
        let master = dir.master_key(keys, &*entropy)?;
        let database =
            Sqlite::open(&dir.database()).await.map_err(|e| failed("the database cannot be opened").because(e))?;
        let database = Arc::new(database);
        let blobs = LocalStore::open(&dir.blobs()).map_err(|e| failed("the blob store cannot be opened").because(e))?;
        let egress: Arc<dyn Egress> = Arc::new(Broker::new(permitted, Arc::new(SystemClock)));
        let plugins = plugins::host(dir, &master, Arc::clone(&egress))?;
        let settings = Settings {
            public_url,
            run_ttl: DAY,
            judging_wait: JUDGING,
            blob_ttl: DAY,
            default_enforcement: Enforcement::Enforce,
        };
        let app = App {
            repositories: Arc::<Sqlite>::clone(&database),
            blobs: Arc::new(blobs),
            // It loads the guest when a policy is judged for the first time.
            evaluator: Arc::new(RegoEvaluator::default()),
            authority: Arc::new(LocalAuthority::new(master.clone(), Arc::<SystemEntropy>::clone(&entropy))),
            plugins: Arc::new(plugins),
            egress,
            vault: Arc::new(LocalVault::new(master, Arc::<SystemEntropy>::clone(&entropy))),
            clock: Arc::new(SystemClock),
            entropy,
            evaluations: Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))),
            deliveries_due: Arc::new(Notify::new()),
            settings: Arc::new(settings),
        };
        Ok(Self { app, database })
    }

    /// Makes the first organization when there is none, and takes up what a server before this one left behind.
    ///
    /// # Errors
    /// [`CliError`] when the data directory or the database cannot be written.
    pub(crate) async fn prepare(&self, dir: &DataDir) -> Result<(), CliError> {
        let name = FIRST.parse().map_err(|e| failed("the first organization has no name").because(e))?;
        assay_app::orgs::create_first(&self.app, name, |token| dir.keep_owner_token(token)).await?;
        Ok(assay_app::upkeep::recover(&self.app).await?)
    }

    /// Writes what is queued and closes the database.
    pub(crate) async fn close(self) {
        self.database.close().await;
    }
}

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        failed("the server cannot start").because(error)
    }
}

fn failed(message: &str) -> CliError {
    CliError::new(Exit::Unexpected, "start", message)
}
