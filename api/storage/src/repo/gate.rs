use assay_base::{Digest, OrgId, RunId};
use assay_model::{LatestRun, Push, Verdict, WorkflowKey};
use sqlx::{SqliteConnection, SqlitePool};

use crate::error::Outcome;
use crate::row::Columns;

/// Notes that a digest is an output of a pushed run. A contract may name the same digest twice.
pub(super) async fn insert_output(db: &mut SqliteConnection, push: &Push, digest: Digest) -> Outcome<()> {
    sqlx::query(
        "insert into output (org_id, digest, workflow_id, pushed_at, run_id) values ($1, $2, $3, $4, $5)
         on conflict (org_id, digest, workflow_id, pushed_at, run_id) do nothing",
    )
    .bind(&push.org.as_bytes()[..])
    .bind(&digest.as_bytes()[..])
    .bind(&push.workflow_id.as_bytes()[..])
    .bind(push.received_at.micros())
    .bind(&push.run.as_bytes()[..])
    .execute(db)
    .await?;
    Ok(())
}

/// The latest pushed run of each workflow that has `digest` as an output. One seek in an index for each workflow: a join
/// over all of them would read every run of a digest that was attested often.
pub(super) async fn latest(
    db: &SqlitePool,
    org: OrgId,
    digest: Digest,
    workflows: &[WorkflowKey],
) -> Outcome<Vec<Option<LatestRun>>> {
    let mut connection = db.acquire().await?;
    let mut latest = Vec::with_capacity(workflows.len());
    for workflow in workflows {
        latest.push(latest_of(&mut connection, org, digest, workflow).await?);
    }
    Ok(latest)
}

async fn latest_of(
    db: &mut SqliteConnection,
    org: OrgId,
    digest: Digest,
    workflow: &WorkflowKey,
) -> Outcome<Option<LatestRun>> {
    let row = sqlx::query(
        "select r.run_id, r.verdict, r.looked_away from output o
         join run r on r.org_id = o.org_id and r.run_id = o.run_id
         where o.org_id = $1 and o.digest = $2
           and o.workflow_id = (select workflow_id from workflow where org_id = $1 and project = $3 and name = $4)
         order by o.pushed_at desc, o.run_id desc limit 1",
    )
    .bind(&org.as_bytes()[..])
    .bind(&digest.as_bytes()[..])
    .bind(workflow.project.as_str())
    .bind(workflow.name.as_str())
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let row = Columns { table: "run", row: &row };
    Ok(Some(LatestRun {
        run: row.id("run_id", RunId::from_uuid)?,
        verdict: row.opt_word("verdict", &Verdict::ALL, Verdict::as_str)?,
        looked_away: row.number("looked_away")?,
    }))
}
