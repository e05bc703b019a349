use assay_base::{DeliveryId, OrgId, Timestamp};
use assay_model::{Delivery, DeliveryState};
use assay_ports::{Audit, DeliveryFilter};
use sqlx::SqliteConnection;

use super::audit;
use super::delivery::{self, delivery_columns};
use crate::error::Outcome;

/// Makes deliveries due again whose run is judged and whose attachment is there. Whoever is about it does not decide any
/// more what becomes of it: the attempt may have begun with what was mended since.
macro_rules! make_due_again {
    ($where:expr) => {
        concat!(
            "update delivery set state = 'pending', due_since = $2, next_attempt_at = $2, tries = 0, finished_at = null,
                                 lease_until = null, fence = fence + 1
             where org_id = $1 and due_since is not null
               and exists (select 1 from attachment a where a.org_id = delivery.org_id
                           and a.attachment_id = delivery.attachment_id)
               and ",
            $where,
            " returning ",
            delivery_columns!()
        )
    };
}

/// Makes a delivery due again, once its run is judged; the delivery as it is then, unless its attachment is gone.
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
        " from delivery where org_id = $1 and delivery_id = $2 and due_since is null
            and exists (select 1 from attachment a where a.org_id = delivery.org_id
                        and a.attachment_id = delivery.attachment_id)"
    ))
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .fetch_optional(db)
    .await?;
    row.as_ref().map(delivery::read).transpose()
}

/// Makes the deliveries that the filter names due again; those, newest first. Those of a run or of a registration come from an
/// index of their own.
pub(super) async fn many(
    db: &mut SqliteConnection,
    org: OrgId,
    filter: &DeliveryFilter,
    now: Timestamp,
    event: &Audit,
) -> Outcome<Vec<Delivery>> {
    macro_rules! update {
        ($narrowed:literal) => {
            make_due_again!(concat!(
                $narrowed,
                " and ($4 is null or registration = $4) and ($5 is null or state = $5)
                  and ($6 is null or created_at >= $6)
                  and ($7 is null or $7 = (select w.project from run r
                       join workflow w on w.org_id = r.org_id and w.workflow_id = r.workflow_id
                       where r.org_id = delivery.org_id and r.run_id = delivery.run_id))"
            ))
        };
    }
    let update = match (&filter.run, &filter.registration) {
        (Some(_), _) => update!("run_id = $3"),
        (None, Some(_)) => update!("$3 is null and registration = $4"),
        (None, None) => update!("$3 is null"),
    };
    let rows = sqlx::query(update)
        .bind(&org.as_bytes()[..])
        .bind(now.micros())
        .bind(filter.run.as_ref().map(|run| &run.as_bytes()[..]))
        .bind(filter.registration.as_ref().map(AsRef::as_ref))
        .bind(filter.state.map(DeliveryState::as_str))
        .bind(filter.since.map(Timestamp::micros))
        .bind(filter.project.as_ref().map(AsRef::as_ref))
        .fetch_all(&mut *db)
        .await?;
    if !rows.is_empty() {
        audit::append(db, org, event).await?;
    }
    let mut again = rows.iter().map(delivery::read).collect::<Outcome<Vec<_>>>()?;
    again.sort_by_key(|delivery| std::cmp::Reverse((delivery.created_at, delivery.id)));
    Ok(again)
}
