use assay_base::{DeliveryId, OrgId, Timestamp};
use assay_model::{Attempt, AttemptOutcome, DeliveryState, Health, NextStep};
use assay_ports::LeasedDelivery;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use super::registration;
use crate::error::Outcome;
use crate::row::Columns;

/// How many attempts of a delivery are shown.
const SHOWN: i64 = 200;

/// How a delivery is at the end of an attempt.
struct Now {
    state: DeliveryState,
    fence: i64,
    unhealthy: bool,
}

/// Records an attempt and what follows from it; false when somebody else has the delivery by now.
pub(super) async fn record(
    db: &mut SqliteConnection,
    leased: &LeasedDelivery,
    attempt: Attempt,
    next: NextStep,
    now: Timestamp,
) -> Outcome<bool> {
    let (org, id) = (leased.delivery.org, leased.delivery.id);
    let Some(found) = find(db, org, id).await? else { return Ok(false) };
    let outcome = attempt.outcome;
    append(db, org, id, attempt).await?;
    if found.fence != leased.fence {
        return Ok(false);
    }
    if found.state == DeliveryState::Pending {
        step(db, org, id, &next, found.unhealthy, now).await?;
    }
    end_lease(db, org, id).await?;
    registration::note_outcome(db, org, leased.delivery.registration_id, outcome).await?;
    if let NextStep::Hold(reason) = next {
        registration::set_health(db, org, leased.delivery.registration_id, &Health::Unhealthy { reason }, now).await?;
    }
    Ok(true)
}

async fn find(db: &mut SqliteConnection, org: OrgId, id: DeliveryId) -> Outcome<Option<Now>> {
    let row = sqlx::query(
        "select d.state, d.fence, r.unhealthy is not null as unhealthy from delivery d
         left join registration r on r.org_id = d.org_id and r.registration_id = d.registration_id
         where d.org_id = $1 and d.delivery_id = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let row = Columns { table: "delivery", row: &row };
    Ok(Some(Now {
        state: row.word("state", &DeliveryState::ALL, DeliveryState::as_str)?,
        fence: row.get("fence")?,
        unhealthy: row.get("unhealthy")?,
    }))
}

/// What becomes of a delivery that is still pending.
async fn step(
    db: &mut SqliteConnection,
    org: OrgId,
    id: DeliveryId,
    next: &NextStep,
    unhealthy: bool,
    now: Timestamp,
) -> Outcome<()> {
    let (state, again, finished) = match next {
        NextStep::Finish(state) => (*state, None, Some(now)),
        // It was under way when its registration became unhealthy: it waits like the others.
        NextStep::Retry(_) if unhealthy => (DeliveryState::Pending, None, None),
        NextStep::Retry(at) => (DeliveryState::Pending, Some(*at), None),
        NextStep::Hold(_) => (DeliveryState::Pending, None, None),
    };
    sqlx::query(
        "update delivery set state = $3, next_attempt_at = $4, finished_at = $5 where org_id = $1 and delivery_id = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .bind(state.as_str())
    .bind(again.map(Timestamp::micros))
    .bind(finished.map(Timestamp::micros))
    .execute(db)
    .await?;
    Ok(())
}

/// Counts the attempt and ends the lease: its fence is worth nothing from now on.
async fn end_lease(db: &mut SqliteConnection, org: OrgId, id: DeliveryId) -> Outcome<()> {
    sqlx::query(
        "update delivery set attempts = attempts + 1, tries = tries + 1, lease_until = null, fence = fence + 1
         where org_id = $1 and delivery_id = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .execute(db)
    .await?;
    Ok(())
}

async fn append(db: &mut SqliteConnection, org: OrgId, id: DeliveryId, attempt: Attempt) -> Outcome<()> {
    sqlx::query(
        "insert into delivery_attempt (org_id, delivery_id, sequence, at, outcome, status_code, duration_us, message,
                                       request_head, response_head)
         values ($1, $2, (select coalesce(max(sequence), 0) + 1 from delivery_attempt
                          where org_id = $1 and delivery_id = $2),
                 $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .bind(attempt.at.micros())
    .bind(attempt.outcome.as_str())
    .bind(attempt.status_code.map(i64::from))
    .bind(i64::try_from(attempt.duration_us).unwrap_or(i64::MAX))
    .bind(attempt.message)
    .bind(attempt.request_head)
    .bind(attempt.response_head)
    .execute(db)
    .await?;
    Ok(())
}

/// The last attempts of a delivery, the oldest first.
pub(super) async fn list(db: &SqlitePool, org: OrgId, id: DeliveryId) -> Outcome<Vec<Attempt>> {
    let rows = sqlx::query(
        "select at, outcome, status_code, duration_us, message, request_head, response_head from delivery_attempt
         where org_id = $1 and delivery_id = $2 order by sequence desc limit $3",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .bind(SHOWN)
    .fetch_all(db)
    .await?;
    rows.iter().rev().map(read).collect()
}

fn read(row: &SqliteRow) -> Outcome<Attempt> {
    let row = Columns { table: "delivery_attempt", row };
    Ok(Attempt {
        at: row.time("at")?,
        outcome: row.word("outcome", &AttemptOutcome::ALL, AttemptOutcome::as_str)?,
        status_code: row.opt_number("status_code")?,
        duration_us: row.number("duration_us")?,
        message: row.get("message")?,
        request_head: row.get("request_head")?,
        response_head: row.get("response_head")?,
    })
}
