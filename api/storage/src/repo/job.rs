use std::time::Duration;

use assay_base::{JobId, OrgId, RunId, Timestamp};
use assay_ports::{Job, JobLease, Jobs, RepositoryError};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::Sqlite;
use crate::error::Outcome;
use crate::row::Columns;

/// The kind of the job that judges a run.
const EVALUATION: &str = "evaluation";

#[async_trait]
impl Jobs for Sqlite {
    async fn claim(&self, now: Timestamp, period: Duration, limit: u32) -> Result<Vec<Job>, RepositoryError> {
        self.write(move |db| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "update job set lease_until = $2, fence = fence + 1 where job_id in
                       (select job_id from job where kind = $4 and lease_until <= $1 order by lease_until limit $3)
                     returning job_id, org_id, run_id, fence",
                )
                .bind(now.micros())
                .bind(now.after(period).micros())
                .bind(i64::from(limit))
                .bind(EVALUATION)
                .fetch_all(db)
                .await?;
                rows.iter().map(read).collect()
            })
        })
        .await
    }

    async fn release_all(&self) -> Result<(), RepositoryError> {
        self.write(move |db| {
            Box::pin(async move {
                // Older than every instant that a lease is compared with.
                sqlx::query("update job set lease_until = $1").bind(i64::MIN).execute(db).await?;
                Ok(())
            })
        })
        .await
    }
}

/// Owes the evaluation of a run, leased to the caller.
pub(super) async fn insert_evaluation(
    db: &mut SqliteConnection,
    org: OrgId,
    run: RunId,
    job: JobId,
    lease_until: Timestamp,
) -> Outcome<JobLease> {
    let lease = JobLease { job, fence: 1 };
    sqlx::query("insert into job (job_id, kind, org_id, run_id, lease_until, fence) values ($1, $2, $3, $4, $5, $6)")
        .bind(&job.as_bytes()[..])
        .bind(EVALUATION)
        .bind(&org.as_bytes()[..])
        .bind(&run.as_bytes()[..])
        .bind(lease_until.micros())
        .bind(lease.fence)
        .execute(db)
        .await?;
    Ok(lease)
}

/// Ends a job; false when the lease is not the newest one, or the job is done.
pub(super) async fn end(db: &mut SqliteConnection, org: OrgId, run: RunId, lease: JobLease) -> Outcome<bool> {
    let done = sqlx::query("delete from job where job_id = $1 and fence = $2 and org_id = $3 and run_id = $4")
        .bind(&lease.job.as_bytes()[..])
        .bind(lease.fence)
        .bind(&org.as_bytes()[..])
        .bind(&run.as_bytes()[..])
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

fn read(row: &SqliteRow) -> Outcome<Job> {
    let row = Columns { table: "job", row };
    Ok(Job {
        org: row.id("org_id", OrgId::from_uuid)?,
        run: row.id("run_id", RunId::from_uuid)?,
        lease: JobLease { job: row.id("job_id", JobId::from_uuid)?, fence: row.get("fence")? },
    })
}
