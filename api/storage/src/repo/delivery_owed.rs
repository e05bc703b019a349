use std::collections::HashSet;

use assay_base::{AttachmentId, OrgId, RegistrationId, RunId, Timestamp};
use assay_model::{DeliveryState, Push, delivery_id};
use assay_ports::Audit;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, SqliteConnection, SqlitePool};

use super::attestation::ROWS_AT_ONCE;
use super::audit;
use crate::error::Outcome;
use crate::row::Columns;

/// How many runs one transaction of a backfill serves.
pub(super) const RUNS_AT_ONCE: usize = ROWS_AT_ONCE;

/// Where deliveries go.
struct Target {
    attachment: AttachmentId,
    registration_id: RegistrationId,
    registration: String,
    unhealthy: bool,
}

/// Every query for targets reads these columns.
macro_rules! select_target {
    ($rest:literal) => {
        concat!(
            "select a.attachment_id, a.registration_id, r.name, r.unhealthy is not null as unhealthy
             from attachment a join registration r on r.org_id = a.org_id and r.registration_id = a.registration_id ",
            $rest
        )
    };
}

/// Owes a delivery to each attachment of the workflow of a push; they are due when the run is judged.
pub(super) async fn owe(db: &mut SqliteConnection, push: &Push) -> Outcome<()> {
    let rows = sqlx::query(select_target!("where a.org_id = $1 and a.workflow_id = $2"))
        .bind(&push.org.as_bytes()[..])
        .bind(&push.workflow_id.as_bytes()[..])
        .fetch_all(&mut *db)
        .await?;
    let targets = rows.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    let owed: Vec<_> = targets.iter().map(|target| (push.run, target)).collect();
    insert(db, push.org, &owed, push.received_at, None).await?;
    Ok(())
}

/// Makes the deliveries of a run due, but for those of unhealthy registrations, which are held.
pub(super) async fn make_due(db: &mut SqliteConnection, org: OrgId, run: RunId, now: Timestamp) -> Outcome<()> {
    sqlx::query(
        "update delivery set due_since = $3,
           next_attempt_at = case when exists (select 1 from registration r where r.org_id = delivery.org_id
                                               and r.registration_id = delivery.registration_id
                                               and r.unhealthy is not null)
                                  then null else $3 end
         where org_id = $1 and run_id = $2 and state = 'pending' and due_since is null",
    )
    .bind(&org.as_bytes()[..])
    .bind(&run.as_bytes()[..])
    .bind(now.micros())
    .execute(db)
    .await?;
    Ok(())
}

/// The pushed runs of the workflow of an attachment that have no delivery to it, the oldest first.
pub(super) async fn runs_without(
    db: &SqlitePool,
    org: OrgId,
    attachment: AttachmentId,
    since: Option<Timestamp>,
) -> Outcome<Vec<RunId>> {
    let rows = sqlx::query(
        "select r.run_id from attachment a
         join run r on r.org_id = a.org_id and r.workflow_id = a.workflow_id
         where a.org_id = $1 and a.attachment_id = $2 and r.state = 'pushed'
           and ($3 is null or r.finished_at >= $3)
           and not exists (select 1 from delivery d where d.org_id = r.org_id and d.run_id = r.run_id
                           and d.attachment_id = a.attachment_id)
         order by r.run_id",
    )
    .bind(&org.as_bytes()[..])
    .bind(&attachment.as_bytes()[..])
    .bind(since.map(Timestamp::micros))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Columns { table: "run", row }.id("run_id", RunId::from_uuid)).collect()
}

/// Makes the deliveries of an attachment for some runs, unless it is gone; how many there were not before. They are due at
/// `now`, or with the verdict of a run that is not judged yet.
pub(super) async fn backfill(
    db: &mut SqliteConnection,
    (org, attachment): (OrgId, AttachmentId),
    runs: &[RunId],
    now: Timestamp,
    event: Option<&Audit>,
) -> Outcome<u64> {
    let row = sqlx::query(select_target!("where a.org_id = $1 and a.attachment_id = $2"))
        .bind(&org.as_bytes()[..])
        .bind(&attachment.as_bytes()[..])
        .fetch_optional(&mut *db)
        .await?;
    let Some(target) = row.as_ref().map(read).transpose()? else { return Ok(0) };
    if let Some(event) = event {
        audit::append(db, org, event).await?;
    }
    let judged = judged(db, org, runs).await?;
    let (due, later): (Vec<_>, Vec<_>) =
        runs.iter().map(|run| (*run, &target)).partition(|(run, _)| judged.contains(run));
    Ok(insert(db, org, &due, now, Some(now)).await? + insert(db, org, &later, now, None).await?)
}

/// Those of the runs that have a verdict.
async fn judged(db: &mut SqliteConnection, org: OrgId, runs: &[RunId]) -> Outcome<HashSet<RunId>> {
    let mut judged = HashSet::new();
    for chunk in runs.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::new("select run_id from run where verdict is not null and org_id = ");
        query.push_bind(org.as_bytes().to_vec()).push(" and run_id in (");
        let mut ids = query.separated(", ");
        for run in chunk {
            ids.push_bind(run.as_bytes().to_vec());
        }
        query.push(")");
        for row in &query.build().fetch_all(&mut *db).await? {
            judged.insert(Columns { table: "run", row }.id("run_id", RunId::from_uuid)?);
        }
    }
    Ok(judged)
}

/// Stores those of the deliveries that are not there yet; how many.
async fn insert(
    db: &mut SqliteConnection,
    org: OrgId,
    owed: &[(RunId, &Target)],
    created_at: Timestamp,
    due: Option<Timestamp>,
) -> Outcome<u64> {
    let due = due.map(Timestamp::micros);
    let mut created = 0;
    for chunk in owed.chunks(ROWS_AT_ONCE) {
        let rows = chunk.iter().map(|(run, target)| (*run, *target, delivery_id(*run, target.attachment)));
        let mut query = QueryBuilder::new(
            "insert into delivery (org_id, delivery_id, run_id, attachment_id, registration_id, registration, state,
                                   attempts, tries, due_since, next_attempt_at, fence, created_at) ",
        );
        query.push_values(rows, |mut row, (run, target, id)| {
            row.push_bind(org.as_bytes().to_vec())
                .push_bind(id.as_bytes().to_vec())
                .push_bind(run.as_bytes().to_vec())
                .push_bind(target.attachment.as_bytes().to_vec())
                .push_bind(target.registration_id.as_bytes().to_vec())
                .push_bind(target.registration.clone())
                .push_bind(DeliveryState::Pending.as_str())
                .push("0, 0")
                .push_bind(due)
                .push_bind(due.filter(|_| !target.unhealthy))
                .push("0")
                .push_bind(created_at.micros());
        });
        query.push(" on conflict (org_id, delivery_id) do nothing");
        created += query.build().execute(&mut *db).await?.rows_affected();
    }
    Ok(created)
}

fn read(row: &SqliteRow) -> Outcome<Target> {
    let attachment = Columns { table: "attachment", row };
    let registration = Columns { table: "registration", row };
    Ok(Target {
        attachment: attachment.id("attachment_id", AttachmentId::from_uuid)?,
        registration_id: attachment.id("registration_id", RegistrationId::from_uuid)?,
        registration: registration.get("name")?,
        unhealthy: registration.get("unhealthy")?,
    })
}
