use assay_base::{DeliveryId, OrgId, Timestamp};
use assay_ports::LeasedDelivery;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use super::delivery::{self, delivery_columns};
use crate::error::Outcome;
use crate::row::Columns;

/// The registrations that have something to be sent now or later, one seek in the index for each: however long the queue of
/// one of them is, it costs the others nothing. Ends with a row of null.
macro_rules! with_lanes {
    ($rest:expr) => {
        concat!(
            "with recursive lane (registration_id) as (
               select (select registration_id from delivery where next_attempt_at is not null and lease_until is null
                       order by registration_id limit 1)
               union all
               select (select d.registration_id from delivery d
                       where d.next_attempt_at is not null and d.lease_until is null
                         and d.registration_id > lane.registration_id
                       order by d.registration_id limit 1)
               from lane where lane.registration_id is not null
             )",
            $rest
        )
    };
}

/// Leases due deliveries until `until`: what did not fail before what did, each registration's first before anybody's
/// second, the longest due first. Of all that is in flight when `limit` is used up, registrations that fail have one half at
/// most, and so has an organization while another one has something due.
pub(super) async fn claim(
    db: &mut SqliteConnection,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
    each: u32,
) -> Outcome<Vec<LeasedDelivery>> {
    end_expired(db, now).await?;
    let rows = sqlx::query(with_lanes!(concat!(
        ", candidate (org_id, delivery_id, next_attempt_at, failing, place, room) as (
             select d.org_id, d.delivery_id, d.next_attempt_at, r.failures > 0,
                    row_number() over (partition by d.registration_id order by d.next_attempt_at, d.delivery_id),
                    case when r.failures > 0 then 1 else $4 end
                      - (select count(*) from delivery f
                         where f.registration_id = d.registration_id and f.lease_until is not null)
             from lane
             join delivery d on (d.org_id, d.delivery_id) in
               (select e.org_id, e.delivery_id from delivery e
                where e.registration_id = lane.registration_id and e.next_attempt_at <= $1
                  and e.next_attempt_at is not null and e.lease_until is null
                order by e.next_attempt_at, e.delivery_id limit $4)
             join registration r on r.org_id = d.org_id and r.registration_id = d.registration_id
           )
           , held (org_id, failing) as (
             select f.org_id, coalesce(r.failures > 0, 0) from delivery f
             left join registration r on r.org_id = f.org_id and r.registration_id = f.registration_id
             where f.lease_until is not null
           ), ranked (org_id, delivery_id, next_attempt_at, failing, place, of_org, of_kind) as (
             select org_id, delivery_id, next_attempt_at, failing, place,
                    row_number() over (partition by org_id order by failing, place, next_attempt_at, delivery_id)
                      + (select count(*) from held where held.org_id = candidate.org_id),
                    row_number() over (partition by failing order by place, next_attempt_at, delivery_id)
                      + (select count(*) from held where held.failing = candidate.failing)
             from candidate where place <= room
           ), half (most) as (select ($3 + count(*) + 1) / 2 from held)
           update delivery set lease_until = $2, fence = fence + 1
           where (org_id, delivery_id) in
             (select org_id, delivery_id from ranked, half
              where (not failing or of_kind <= most)
                and (of_org <= most or (select count(distinct org_id) from ranked) = 1)
              order by failing, place, next_attempt_at, delivery_id limit $3)
           returning ",
        delivery_columns!()
    )))
    .bind(now.micros())
    .bind(until.micros())
    .bind(i64::from(limit))
    .bind(i64::from(each))
    .fetch_all(db)
    .await?;
    let mut leased = rows.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    leased.sort_by_key(|leased| (leased.delivery.next_attempt_at, leased.delivery.id));
    Ok(leased)
}

/// Whoever had these did not come back.
async fn end_expired(db: &mut SqliteConnection, now: Timestamp) -> Outcome<()> {
    sqlx::query("update delivery set lease_until = null where lease_until is not null and lease_until <= $1")
        .bind(now.micros())
        .execute(db)
        .await?;
    Ok(())
}

/// When the next delivery can be taken. What waits for the turn of its registration is not waited for here.
pub(super) async fn next_due(db: &SqlitePool, each: u32) -> Outcome<Option<Timestamp>> {
    let row = sqlx::query(with_lanes!(
        "select min(at) as at from (
           select (select d.next_attempt_at from delivery d
                   where d.registration_id = lane.registration_id
                     and d.next_attempt_at is not null and d.lease_until is null
                   order by d.next_attempt_at limit 1) as at
           from lane where lane.registration_id is not null
             and (select count(*) from delivery f
                  where f.registration_id = lane.registration_id and f.lease_until is not null)
               < case when exists (select 1 from registration r
                                   where r.org_id = (select d.org_id from delivery d
                                                     where d.registration_id = lane.registration_id
                                                       and d.next_attempt_at is not null and d.lease_until is null
                                                     limit 1)
                                     and r.registration_id = lane.registration_id and r.failures > 0)
                      then 1 else $1 end
           union all
           select lease_until from delivery where lease_until is not null and next_attempt_at is not null
         )"
    ))
    .bind(i64::from(each))
    .fetch_one(db)
    .await?;
    Columns { table: "delivery", row: &row }.opt_time("at")
}

/// Ends one lease, if it is still the newest.
pub(super) async fn release(db: &mut SqliteConnection, org: OrgId, id: DeliveryId, fence: i64) -> Outcome<()> {
    sqlx::query("update delivery set lease_until = null where org_id = $1 and delivery_id = $2 and fence = $3")
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .bind(fence)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends all leases.
pub(super) async fn release_all(db: &mut SqliteConnection) -> Outcome<()> {
    sqlx::query("update delivery set lease_until = null where lease_until is not null").execute(db).await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Outcome<LeasedDelivery> {
    let columns = Columns { table: "delivery", row };
    Ok(LeasedDelivery { delivery: delivery::read(row)?, tries: columns.number("tries")?, fence: columns.get("fence")? })
}
