use assay_base::{DeliveryId, OrgId, Timestamp};
use assay_model::{Delivery, DeliveryState};
use assay_ports::{Audit, DeliveryFilter};
use sqlx::{SqliteConnection, SqlitePool};

use super::audit;
use super::delivery::{self, delivery_columns};
use crate::error::Outcome;
use crate::row::Columns;

/// How many deliveries one transaction of a replay serves.
pub(super) const AT_ONCE: usize = 1_000;

/// Makes deliveries due again whose run is judged, whose attachment is there, and that nobody is sending at the moment: a
/// second attempt beside the first one would go round the limit of attempts at one destination.
macro_rules! make_due_again {
    ($where:expr) => {
        concat!(
            "update delivery set state = 'pending', due_since = $2, next_attempt_at = $2, tries = 0, finished_at = null,
                                 lease_until = null, fence = fence + 1
             where org_id = $1 and due_since is not null and (lease_until is null or lease_until <= $2)
               and exists (select 1 from attachment a where a.org_id = delivery.org_id
                           and a.attachment_id = delivery.attachment_id)
               and ",
            $where,
            " returning ",
            delivery_columns!()
        )
    };
}

/// Makes a delivery due again, once its run is judged and unless it is under way; the delivery as it is then, unless its
/// attachment is gone.
pub(super) async fn one(
    db: &mut SqliteConnection,
    org: OrgId,
    id: DeliveryId,
    now: Timestamp,
    event: &Audit,
) -> Outcome<Option<Delivery>> {
    let row = sqlx::query(make_due_again!("delivery_id = $3"))
        .bind(&org.as_bytes()[..])
        .bind(now.micros())
        .bind(&id.as_bytes()[..])
        .fetch_optional(&mut *db)
        .await?;
    if let Some(row) = row {
        audit::append(db, org, event).await?;
        return delivery::read(&row).map(Some);
    }
    let row = sqlx::query(concat!(
        "select ",
        delivery_columns!(),
        " from delivery where org_id = $1 and delivery_id = $2 and (due_since is null or lease_until > $3)
            and exists (select 1 from attachment a where a.org_id = delivery.org_id
                        and a.attachment_id = delivery.attachment_id)"
    ))
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .bind(now.micros())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(delivery::read).transpose()
}

/// The judged deliveries that the filter names, newest first. Those of a run or of a registration come from an index of their
/// own.
pub(super) async fn named(db: &SqlitePool, org: OrgId, filter: &DeliveryFilter) -> Outcome<Vec<DeliveryId>> {
    macro_rules! select {
        ($narrowed:literal) => {
            concat!(
                "select delivery_id from delivery where org_id = $1 and due_since is not null and ",
                $narrowed,
                " and ($3 is null or registration = $3) and ($4 is null or state = $4)
                  and ($5 is null or created_at >= $5)
                  and ($6 is null or $6 = (select w.project from run r
                       join workflow w on w.org_id = r.org_id and w.workflow_id = r.workflow_id
                       where r.org_id = delivery.org_id and r.run_id = delivery.run_id))
                  order by created_at desc, delivery_id desc"
            )
        };
    }
    let select = match (&filter.run, &filter.registration) {
        (Some(_), _) => select!("run_id = $2"),
        (None, Some(_)) => select!("$2 is null and registration = $3"),
        (None, None) => select!("$2 is null"),
    };
    let rows = sqlx::query(select)
        .bind(&org.as_bytes()[..])
        .bind(filter.run.as_ref().map(|run| &run.as_bytes()[..]))
        .bind(filter.registration.as_ref().map(AsRef::as_ref))
        .bind(filter.state.map(DeliveryState::as_str))
        .bind(filter.since.map(Timestamp::micros))
        .bind(filter.project.as_ref().map(AsRef::as_ref))
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Columns { table: "delivery", row }.id("delivery_id", DeliveryId::from_uuid)).collect()
}

/// Makes deliveries due again, but for those whose attachment is gone; those, in the same order.
pub(super) async fn some(
    db: &mut SqliteConnection,
    org: OrgId,
    ids: &[DeliveryId],
    now: Timestamp,
    event: Option<&Audit>,
) -> Outcome<Vec<Delivery>> {
    let mut again = vec![];
    for id in ids {
        let row = sqlx::query(make_due_again!("delivery_id = $3"))
            .bind(&org.as_bytes()[..])
            .bind(now.micros())
            .bind(&id.as_bytes()[..])
            .fetch_optional(&mut *db)
            .await?;
        again.extend(row.as_ref().map(delivery::read).transpose()?);
    }
    if let Some(event) = event.filter(|_| !again.is_empty()) {
        audit::append(db, org, event).await?;
    }
    Ok(again)
}
