use assay_base::{JobId, OrgId, RunId, Timestamp};
use assay_model::{Push, RunState, SignerRecord, Subject};
use assay_ports::{Accepted, Audit};
use sqlx::{QueryBuilder, SqliteConnection, SqlitePool};

use super::{audit, delivery_owed, job, material};
use crate::StorageError;
use crate::error::Outcome;
use crate::row::Columns;

/// How many rows one `insert` carries: `SQLite` takes 32766 parameters, `PostgreSQL` 65535.
pub(super) const ROWS_AT_ONCE: usize = 1000;

/// Stores a push with all that belongs to it, when the run still takes one.
pub(super) async fn accept(
    db: &mut SqliteConnection,
    push: Push,
    job: JobId,
    lease_until: Timestamp,
    event: &Audit,
) -> Outcome<Accepted> {
    let attached = match standing(db, &push).await? {
        Standing::Refused(refused) => return Ok(refused),
        Standing::Open { attached } => attached,
    };
    close_run(db, &push).await?;
    material::insert(db, &push).await?;
    insert_subjects(db, &push).await?;
    let lease = job::insert_evaluation(db, push.org, push.run, job, lease_until).await?;
    if attached {
        delivery_owed::owe(db, &push).await?;
    }
    audit::append(db, push.org, event).await?;
    insert(db, push).await?;
    Ok(Accepted::New(lease))
}

/// Whether a run takes an attestation.
enum Standing {
    Refused(Accepted),
    /// It does; whether its workflow has attachments.
    Open {
        attached: bool,
    },
}

async fn standing(db: &mut SqliteConnection, push: &Push) -> Outcome<Standing> {
    let row = sqlx::query(
        "select state, expires_at, digest,
                exists (select 1 from attachment a where a.org_id = r.org_id and a.workflow_id = r.workflow_id) as attached
         from run r where org_id = $1 and run_id = $2 and workflow_id = $3",
    )
    .bind(&push.org.as_bytes()[..])
    .bind(&push.run.as_bytes()[..])
    .bind(&push.workflow_id.as_bytes()[..])
    .fetch_optional(db)
    .await?
    .ok_or(StorageError::UnknownRun)?;
    let row = Columns { table: "run", row: &row };
    let refused = match row.text::<RunState>("state")? {
        RunState::Open if row.time("expires_at")? <= push.received_at => Accepted::Closed(RunState::Expired),
        RunState::Open => return Ok(Standing::Open { attached: row.get("attached")? }),
        RunState::Pushed if row.opt_digest("digest")? == Some(push.digest) => Accepted::Same,
        RunState::Pushed => Accepted::Other,
        over => Accepted::Closed(over),
    };
    Ok(Standing::Refused(refused))
}

async fn close_run(db: &mut SqliteConnection, push: &Push) -> Outcome<()> {
    sqlx::query("update run set state = $3, finished_at = $4, digest = $5 where org_id = $1 and run_id = $2")
        .bind(&push.org.as_bytes()[..])
        .bind(&push.run.as_bytes()[..])
        .bind(RunState::Pushed.as_str())
        .bind(push.received_at.micros())
        .bind(&push.digest.as_bytes()[..])
        .execute(db)
        .await?;
    Ok(())
}

async fn insert(db: &mut SqliteConnection, push: Push) -> Outcome<()> {
    sqlx::query(
        "insert into attestation (org_id, run_id, bundle, signer_kind, signer_identity) values ($1, $2, $3, $4, $5)",
    )
    .bind(&push.org.as_bytes()[..])
    .bind(&push.run.as_bytes()[..])
    .bind(push.bundle)
    .bind(push.signer.kind)
    .bind(push.signer.identity)
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_subjects(db: &mut SqliteConnection, push: &Push) -> Outcome<()> {
    let numbered: Vec<_> = (0_i64..).zip(&push.subjects).collect();
    for chunk in numbered.chunks(ROWS_AT_ONCE) {
        QueryBuilder::new("insert into subject (org_id, run_id, position, name, digest) ")
            .push_values(chunk, |mut row, (position, subject)| {
                row.push_bind(&push.org.as_bytes()[..])
                    .push_bind(&push.run.as_bytes()[..])
                    .push_bind(position)
                    .push_bind(&subject.name)
                    .push_bind(&subject.digest);
            })
            .build()
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// The bundle of a run, and who signed it.
pub(super) async fn bundle(db: &SqlitePool, org: OrgId, run: RunId) -> Outcome<Option<(Vec<u8>, SignerRecord)>> {
    let row =
        sqlx::query("select bundle, signer_kind, signer_identity from attestation where org_id = $1 and run_id = $2")
            .bind(&org.as_bytes()[..])
            .bind(&run.as_bytes()[..])
            .fetch_optional(db)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let row = Columns { table: "attestation", row: &row };
    let signer = SignerRecord { kind: row.get("signer_kind")?, identity: row.get("signer_identity")? };
    Ok(Some((row.get("bundle")?, signer)))
}

/// The subjects of a run, in the order of its statement.
pub(super) async fn subjects(db: &SqlitePool, org: OrgId, run: RunId) -> Outcome<Vec<Subject>> {
    let rows = sqlx::query("select name, digest from subject where org_id = $1 and run_id = $2 order by position")
        .bind(&org.as_bytes()[..])
        .bind(&run.as_bytes()[..])
        .fetch_all(db)
        .await?;
    let read = |row| {
        let row = Columns { table: "subject", row };
        Ok(Subject { name: row.get("name")?, digest: row.get("digest")? })
    };
    rows.iter().map(read).collect()
}
