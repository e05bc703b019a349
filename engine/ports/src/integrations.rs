use std::time::Duration;

use assay_base::{
    AttachmentId, DeliveryId, IntegrationId, OrgId, ProjectName, RegistrationId, RegistrationName, RunId, Timestamp,
    WorkflowName,
};
use assay_model::{Attachment, Attempt, Delivery, DeliveryState, Health, InstalledIntegration, NextStep, Registration};
use async_trait::async_trait;

use crate::{Audit, Page, PageRequest, RepositoryError};

/// What became of the wish to remove something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// There is none.
    Absent,
    /// Something depends on it.
    InUse,
}

/// Integrations that were installed, registrations of any integration, and attachments.
#[async_trait]
pub trait Integrations {
    /// Installs a component under its id, in the place of another one of that id.
    async fn install(&self, integration: &InstalledIntegration, audit: &Audit) -> Result<(), RepositoryError>;
    /// The component with that id.
    async fn installed(&self, org: OrgId, id: &IntegrationId) -> Result<Option<InstalledIntegration>, RepositoryError>;
    /// All of them, by id.
    async fn all_installed(&self, org: OrgId) -> Result<Vec<InstalledIntegration>, RepositoryError>;
    /// Removes one; `InUse` while it has registrations.
    async fn uninstall(&self, org: OrgId, id: &IntegrationId, audit: &Audit) -> Result<Removal, RepositoryError>;

    /// Stores a registration with the keys and values of its state; [`RepositoryError::Taken`] when its name is in use.
    async fn register(
        &self,
        registration: &Registration,
        state: &[(String, String)],
        audit: &Audit,
    ) -> Result<(), RepositoryError>;
    /// The registration of that name.
    async fn registration(&self, org: OrgId, name: &RegistrationName) -> Result<Option<Registration>, RepositoryError>;
    /// The registration with that id.
    async fn registration_by_id(&self, org: OrgId, id: RegistrationId)
    -> Result<Option<Registration>, RepositoryError>;
    /// Registrations, by name.
    async fn registrations(&self, org: OrgId, page: &PageRequest) -> Result<Page<Registration>, RepositoryError>;
    /// Writes a registration that exists again: description, configuration, secrets, state, version, health. When it is
    /// healthy, the deliveries that were held for it, and those under way, are due at its `updated_at`; what an attempt comes
    /// to that began before decides nothing any more. False when it is gone, or was changed since `read`, the `updated_at` that
    /// the caller saw.
    async fn update_registration(
        &self,
        registration: &Registration,
        read: Timestamp,
        audit: &Audit,
    ) -> Result<bool, RepositoryError>;
    /// Notes what somebody tried and what changed nothing.
    async fn note(&self, org: OrgId, audit: &Audit) -> Result<(), RepositoryError>;
    /// Notes how a registration is: when it is healthy again, deliveries that were held for it, and those under way, are due
    /// at `now` as after an update, and what failed is forgotten; when it is not, its pending deliveries are held.
    async fn set_health(
        &self,
        org: OrgId,
        id: RegistrationId,
        health: &Health,
        now: Timestamp,
    ) -> Result<(), RepositoryError>;
    /// Removes a registration; `InUse` while it has attachments. Its deliveries stay as history under its name.
    async fn deregister(&self, org: OrgId, name: &RegistrationName, audit: &Audit) -> Result<Removal, RepositoryError>;

    /// The keys and values of a registration's state, by key.
    async fn state(&self, org: OrgId, id: RegistrationId) -> Result<Vec<(String, String)>, RepositoryError>;
    /// The value of a key of a registration's state.
    async fn state_get(&self, org: OrgId, id: RegistrationId, key: &str) -> Result<Option<String>, RepositoryError>;
    /// Sets or removes a key; false when there would be more than 64, or there is no such registration.
    async fn state_set(
        &self,
        org: OrgId,
        id: RegistrationId,
        key: &str,
        value: Option<&str>,
    ) -> Result<bool, RepositoryError>;

    /// Stores an attachment.
    async fn attach(&self, attachment: &Attachment, audit: &Audit) -> Result<(), RepositoryError>;
    /// The attachment with that id.
    async fn attachment(&self, org: OrgId, id: AttachmentId) -> Result<Option<Attachment>, RepositoryError>;
    /// Attachments, the oldest first, of a project or a workflow if they are named.
    async fn attachments(
        &self,
        org: OrgId,
        project: Option<&ProjectName>,
        workflow: Option<&WorkflowName>,
        page: &PageRequest,
    ) -> Result<Page<Attachment>, RepositoryError>;
    /// Removes an attachment and cancels its pending deliveries; false when there is none.
    async fn detach(
        &self,
        org: OrgId,
        id: AttachmentId,
        now: Timestamp,
        audit: &Audit,
    ) -> Result<bool, RepositoryError>;
}

/// Which deliveries of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Of this registration.
    pub registration: Option<RegistrationName>,
    /// Of this run.
    pub run: Option<RunId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of workflows of this project.
    pub project: Option<ProjectName>,
    /// Created at this instant or later.
    pub since: Option<Timestamp>,
}

/// A delivery that is leased: the fence tells holders apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedDelivery {
    /// The delivery; its `attempts` does not count the one that begins now.
    pub delivery: Delivery,
    /// How often it was tried since its `due_since`, without the attempt that begins now: what the next wait follows from.
    pub tries: u32,
    /// Counts the leases: the newest holder wins.
    pub fence: i64,
}

/// Deliveries; their ids follow from run and attachment ([`assay_model::delivery_id`]). Rows for the attachments of a workflow are written in the transaction of [`Runs::accept`](crate::Runs::accept), and become due in that of
/// [`Runs::judge`](crate::Runs::judge), at the instant of the verdict.
#[async_trait]
pub trait Deliveries {
    /// The delivery with that id.
    async fn delivery(&self, org: OrgId, id: DeliveryId) -> Result<Option<Delivery>, RepositoryError>;
    /// Its attempts, the oldest first; at most the last 200.
    async fn attempts(&self, org: OrgId, id: DeliveryId) -> Result<Vec<Attempt>, RepositoryError>;
    /// Deliveries, newest first.
    async fn deliveries(
        &self,
        org: OrgId,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, RepositoryError>;
    /// Takes up to `limit` due deliveries that nobody holds, of all organizations, and leases them for `period`: those of
    /// registrations that do not fail before others, each registration's first before anybody's second, then the longest due
    /// first; at most `each` in flight for one registration (one for a registration whose last attempt failed). Of all that
    /// is leased when `limit` is used up, failing registrations have one half at most, and so has each organization while
    /// another one has something due.
    /// A write, also when nothing is due: [`Deliveries::next_due`] is the cheaper question.
    async fn claim_deliveries(
        &self,
        now: Timestamp,
        period: Duration,
        limit: u32,
        each: u32,
    ) -> Result<Vec<LeasedDelivery>, RepositoryError>;
    /// The next instant at which something is due, not leased, and of a registration that has fewer than `each` in flight (one,
    /// if its last attempt failed), or at which a lease ends. It may be past.
    async fn next_due(&self, each: u32) -> Result<Option<Timestamp>, RepositoryError>;
    /// Records an attempt and what follows from it, and ends the lease, in one transaction; false when another holder has the
    /// delivery by now (the attempt is recorded all the same). [`NextStep::Hold`] makes the registration unhealthy and holds
    /// all its pending deliveries. A delivery that was cancelled meanwhile stays so.
    async fn attempted(
        &self,
        leased: &LeasedDelivery,
        attempt: &Attempt,
        next: &NextStep,
        now: Timestamp,
    ) -> Result<bool, RepositoryError>;
    /// Gives a lease back without an attempt: for a server that stops.
    async fn release_delivery(&self, leased: &LeasedDelivery) -> Result<(), RepositoryError>;
    /// Makes a delivery due again at `now` (delivered, dead and held ones too), with the time of trying counted anew. The
    /// delivery as it is then: unchanged while it is under way, and when its run is not judged yet. Nothing when there is
    /// none, or its attachment is gone.
    async fn redeliver(
        &self,
        org: OrgId,
        id: DeliveryId,
        now: Timestamp,
        audit: &Audit,
    ) -> Result<Option<Delivery>, RepositoryError>;
    /// The same for all judged deliveries that the filter names and that are not under way. In several transactions when they are many.
    async fn replay(
        &self,
        org: OrgId,
        filter: &DeliveryFilter,
        now: Timestamp,
        audit: &Audit,
    ) -> Result<Vec<Delivery>, RepositoryError>;
    /// Makes the deliveries of an attachment for the pushed runs of its workflow that have none yet (pushed at `since` or
    /// later); how many. They are due at `now`, those of runs that are not judged yet with the verdict. In several
    /// transactions when they are many.
    async fn backfill(
        &self,
        org: OrgId,
        attachment: AttachmentId,
        since: Option<Timestamp>,
        now: Timestamp,
        audit: &Audit,
    ) -> Result<u64, RepositoryError>;
    /// Ends all leases: for the start of a server that is the only one on its data.
    async fn release_deliveries(&self) -> Result<(), RepositoryError>;
}
