use std::str::FromStr;
use std::time::Duration;

use assay_base::{AttachmentId, DeliveryId, OrgId, RegistrationId, RunId, Timestamp};
use assay_model::{Attempt, Delivery, DeliveryState, NextStep};
use assay_ports::{Audit, Deliveries, DeliveryFilter, LeasedDelivery, Page, PageRequest, RepositoryError};
use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use super::{delivery_again, delivery_attempt, delivery_lease, delivery_owed};
use crate::Sqlite;
use crate::error::{Failure, Outcome};
use crate::page::Keyset;
use crate::row::Columns;

/// Every query for deliveries reads these columns.
macro_rules! delivery_columns {
    () => {
        "org_id, delivery_id, run_id, attachment_id, registration_id, registration, state, attempts, tries, due_since,
         next_attempt_at, fence, created_at, finished_at"
    };
}
pub(super) use delivery_columns;

#[async_trait]
impl Deliveries for Sqlite {
    async fn delivery(&self, org: OrgId, id: DeliveryId) -> Result<Option<Delivery>, RepositoryError> {
        let row = sqlx::query(concat!(
            "select ",
            delivery_columns!(),
            " from delivery where org_id = $1 and delivery_id = $2"
        ))
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .fetch_optional(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn attempts(&self, org: OrgId, id: DeliveryId) -> Result<Vec<Attempt>, RepositoryError> {
        Ok(delivery_attempt::list(self.readers(), org, id).await?)
    }

    async fn deliveries(
        &self,
        org: OrgId,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, RepositoryError> {
        Ok(list(self.readers(), org, filter, page).await?)
    }

    async fn claim_deliveries(
        &self,
        now: Timestamp,
        period: Duration,
        limit: u32,
        each: u32,
    ) -> Result<Vec<LeasedDelivery>, RepositoryError> {
        let until = now.after(period);
        self.write(move |db| Box::pin(async move { delivery_lease::claim(db, now, until, limit, each).await })).await
    }

    async fn next_due(&self, each: u32) -> Result<Option<Timestamp>, RepositoryError> {
        Ok(delivery_lease::next_due(self.readers(), each).await?)
    }

    async fn attempted(
        &self,
        leased: &LeasedDelivery,
        attempt: &Attempt,
        next: &NextStep,
        now: Timestamp,
    ) -> Result<bool, RepositoryError> {
        let (leased, attempt, next) = (leased.clone(), attempt.clone(), next.clone());
        self.write(move |db| Box::pin(async move { delivery_attempt::record(db, &leased, attempt, next, now).await }))
            .await
    }

    async fn release_delivery(&self, leased: &LeasedDelivery) -> Result<(), RepositoryError> {
        let (org, id, fence) = (leased.delivery.org, leased.delivery.id, leased.fence);
        self.write(move |db| Box::pin(async move { delivery_lease::release(db, org, id, fence).await })).await
    }

    async fn redeliver(
        &self,
        org: OrgId,
        id: DeliveryId,
        now: Timestamp,
        event: &Audit,
    ) -> Result<Option<Delivery>, RepositoryError> {
        let event = event.clone();
        self.write(move |db| Box::pin(async move { delivery_again::one(db, org, id, now, &event).await })).await
    }

    async fn replay(
        &self,
        org: OrgId,
        filter: &DeliveryFilter,
        now: Timestamp,
        event: &Audit,
    ) -> Result<Vec<Delivery>, RepositoryError> {
        let ids = delivery_again::named(self.readers(), org, filter).await?;
        let mut again = vec![];
        for chunk in ids.chunks(delivery_again::AT_ONCE) {
            // With the first that is due again.
            let (chunk, event) = (chunk.to_vec(), again.is_empty().then(|| event.clone()));
            let some = self.write(move |db| {
                Box::pin(async move { delivery_again::some(db, org, &chunk, now, event.as_ref()).await })
            });
            again.extend(some.await?);
        }
        Ok(again)
    }

    async fn backfill(
        &self,
        org: OrgId,
        attachment: AttachmentId,
        since: Option<Timestamp>,
        now: Timestamp,
        event: &Audit,
    ) -> Result<u64, RepositoryError> {
        let runs = delivery_owed::runs_without(self.readers(), org, attachment, since).await?;
        let (mut created, mut event) = (0, Some(event.clone()));
        // In several transactions: thousands of rows in one would keep everybody else waiting.
        for chunk in runs.chunks(delivery_owed::RUNS_AT_ONCE) {
            let (chunk, event) = (chunk.to_vec(), event.take());
            let filled = self
                .write(move |db| {
                    Box::pin(async move {
                        delivery_owed::backfill(db, (org, attachment), &chunk, now, event.as_ref()).await
                    })
                })
                .await?;
            created += filled;
        }
        Ok(created)
    }

    async fn release_deliveries(&self) -> Result<(), RepositoryError> {
        self.write(move |db| Box::pin(async move { delivery_lease::release_all(db).await })).await
    }
}

/// Deliveries, newest first. Those of a run, of a registration or in a state come from an index of their own.
async fn list(db: &SqlitePool, org: OrgId, filter: &DeliveryFilter, page: &PageRequest) -> Outcome<Page<Delivery>> {
    macro_rules! select {
        ($narrowed:literal) => {
            concat!(
                "select ",
                delivery_columns!(),
                " from delivery d where d.org_id = $1 and ",
                $narrowed,
                " and ($3 is null or (d.created_at, d.delivery_id) < ($3, $4))
                  and ($5 is null or d.registration = $5) and ($6 is null or d.state = $6)
                  and ($7 is null or d.created_at >= $7)
                  and ($8 is null or $8 = (select w.project from run r
                       join workflow w on w.org_id = r.org_id and w.workflow_id = r.workflow_id
                       where r.org_id = d.org_id and r.run_id = d.run_id))
                  order by d.created_at desc, d.delivery_id desc limit $9"
            )
        };
    }
    let keyset = Keyset::<Place>::of(page)?;
    let after = keyset.after.as_ref();
    let select = match (&filter.run, &filter.registration, filter.state) {
        (Some(_), ..) => select!("d.run_id = $2"),
        (None, Some(_), _) => select!("$2 is null and d.registration = $5"),
        (None, None, Some(_)) => select!("$2 is null and d.state = $6"),
        (None, None, None) => select!("$2 is null"),
    };
    let rows = sqlx::query(select)
        .bind(&org.as_bytes()[..])
        .bind(filter.run.as_ref().map(|run| &run.as_bytes()[..]))
        .bind(after.map(|place| place.created_at.micros()))
        .bind(after.map(|place| &place.id.as_bytes()[..]))
        .bind(filter.registration.as_ref().map(AsRef::as_ref))
        .bind(filter.state.map(DeliveryState::as_str))
        .bind(filter.since.map(Timestamp::micros))
        .bind(filter.project.as_ref().map(AsRef::as_ref))
        .bind(keyset.rows())
        .fetch_all(db)
        .await?;
    keyset.page(rows, read, |delivery| format!("{}/{}", delivery.created_at.micros(), delivery.id))
}

/// Where a page of deliveries begins: `microseconds/id`.
struct Place {
    created_at: Timestamp,
    id: DeliveryId,
}

impl FromStr for Place {
    type Err = RepositoryError;
    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let (created_at, id) = text.split_once('/').ok_or(RepositoryError::Cursor)?;
        let created_at = created_at.parse().map_err(|_| RepositoryError::Cursor)?;
        let id = id.parse().map_err(|_| RepositoryError::Cursor)?;
        Ok(Self { created_at: Timestamp::from_micros(created_at), id })
    }
}

/// Holds the pending deliveries of a registration.
pub(super) async fn hold(db: &mut SqliteConnection, org: OrgId, registration: RegistrationId) -> Outcome<()> {
    sqlx::query(
        "update delivery set next_attempt_at = null
         where org_id = $1 and registration_id = $2 and state = 'pending' and next_attempt_at is not null",
    )
    .bind(&org.as_bytes()[..])
    .bind(&registration.as_bytes()[..])
    .execute(db)
    .await?;
    Ok(())
}

/// Makes the deliveries of a registration that were held due, as if their verdicts were from now. Those under way too, and
/// whoever is about them does not decide any more what becomes of them: the attempt began with what was mended since.
pub(super) async fn release_held(
    db: &mut SqliteConnection,
    org: OrgId,
    registration: RegistrationId,
    now: Timestamp,
) -> Outcome<()> {
    sqlx::query(
        "update delivery set next_attempt_at = $3, due_since = $3, tries = 0,
                             fence = fence + (lease_until is not null), lease_until = null
         where org_id = $1 and registration_id = $2 and state = 'pending'
           and due_since is not null and (next_attempt_at is null or lease_until is not null)",
    )
    .bind(&org.as_bytes()[..])
    .bind(&registration.as_bytes()[..])
    .bind(now.micros())
    .execute(db)
    .await?;
    Ok(())
}

/// Cancels the pending deliveries of an attachment. Who holds one keeps the lease: what is under way counts until it ends.
pub(super) async fn cancel(
    db: &mut SqliteConnection,
    org: OrgId,
    registration: RegistrationId,
    attachment: AttachmentId,
    now: Timestamp,
) -> Outcome<()> {
    sqlx::query(
        "update delivery set state = 'cancelled', next_attempt_at = null, finished_at = $4
         where org_id = $1 and registration_id = $2 and attachment_id = $3 and state = 'pending'",
    )
    .bind(&org.as_bytes()[..])
    .bind(&registration.as_bytes()[..])
    .bind(&attachment.as_bytes()[..])
    .bind(now.micros())
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn read(row: &SqliteRow) -> Outcome<Delivery> {
    let row = Columns { table: "delivery", row };
    Ok(Delivery {
        id: row.id("delivery_id", DeliveryId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        run: row.id("run_id", RunId::from_uuid)?,
        attachment: row.id("attachment_id", AttachmentId::from_uuid)?,
        registration_id: row.id("registration_id", RegistrationId::from_uuid)?,
        registration: row.text("registration")?,
        state: row.word("state", &DeliveryState::ALL, DeliveryState::as_str)?,
        attempts: row.number("attempts")?,
        due_since: row.opt_time("due_since")?,
        next_attempt_at: row.opt_time("next_attempt_at")?,
        created_at: row.time("created_at")?,
        finished_at: row.opt_time("finished_at")?,
    })
}
