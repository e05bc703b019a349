use assay_base::{Digest, OrgId, RunId, Timestamp};
use assay_model::{Evaluation, RunVerdict, Unmatched, Verdict};
use assay_ports::JobLease;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use super::{delivery_owed, job};
use crate::error::Outcome;
use crate::json::{self, EvaluationJson, UnmatchedJson};
use crate::row::Columns;

/// A verdict as it is stored. It is made before the writer's turn comes, so that nobody waits for its JSON.
pub(super) struct Row {
    verdict: Verdict,
    evaluations: String,
    unmatched: String,
    instant: Timestamp,
    evaluator: Digest,
    looked_away: u32,
    warnings: u32,
}

impl Row {
    pub(super) fn new(verdict: &RunVerdict) -> serde_json::Result<Self> {
        Ok(Self {
            verdict: verdict.verdict,
            evaluations: json::list::<_, EvaluationJson>(&verdict.evaluations)?,
            unmatched: json::list::<_, UnmatchedJson>(&verdict.unmatched)?,
            instant: verdict.instant,
            evaluator: verdict.evaluator,
            looked_away: verdict.looked_away(),
            warnings: verdict.warnings(),
        })
    }
}

/// Writes a verdict, ends its job and makes the deliveries of the run due; false when the job has another holder by now, or
/// is done.
pub(super) async fn judge(
    db: &mut SqliteConnection,
    (org, run): (OrgId, RunId),
    row: Row,
    lease: JobLease,
    now: Timestamp,
) -> Outcome<bool> {
    if !job::end(db, org, run, lease).await? {
        return Ok(false);
    }
    if note(db, (org, run), &row).await? {
        delivery_owed::make_due(db, org, run, now).await?;
    }
    sqlx::query(
        "insert into verdict (org_id, run_id, verdict, evaluations, unmatched, instant, evaluator, looked_away, warnings)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&org.as_bytes()[..])
    .bind(&run.as_bytes()[..])
    .bind(row.verdict.as_str())
    .bind(row.evaluations.into_bytes())
    .bind(row.unmatched.into_bytes())
    .bind(row.instant.micros())
    .bind(&row.evaluator.as_bytes()[..])
    .bind(i64::from(row.looked_away))
    .bind(i64::from(row.warnings))
    .execute(db)
    .await?;
    Ok(true)
}

/// Notes the verdict at its run; whether the run has deliveries.
async fn note(db: &mut SqliteConnection, (org, run): (OrgId, RunId), row: &Row) -> Outcome<bool> {
    let updated = sqlx::query(
        "update run set verdict = $3, looked_away = $4 where org_id = $1 and run_id = $2
         returning exists (select 1 from delivery d where d.org_id = run.org_id and d.run_id = run.run_id) as owed",
    )
    .bind(&org.as_bytes()[..])
    .bind(&run.as_bytes()[..])
    .bind(row.verdict.as_str())
    .bind(i64::from(row.looked_away))
    .fetch_optional(db)
    .await?;
    updated.map_or(Ok(false), |row| Columns { table: "run", row: &row }.get("owed"))
}

/// The verdict of a run with its evaluations.
pub(super) async fn of_run(db: &SqlitePool, org: OrgId, run: RunId) -> Outcome<Option<RunVerdict>> {
    let row = sqlx::query(
        "select verdict, evaluations, unmatched, instant, evaluator from verdict where org_id = $1 and run_id = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(&run.as_bytes()[..])
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Outcome<RunVerdict> {
    let row = Columns { table: "verdict", row };
    let evaluations = row.json::<Vec<EvaluationJson>>("evaluations")?.into_iter().map(Evaluation::try_from);
    Ok(RunVerdict {
        verdict: row.word("verdict", &Verdict::ALL, Verdict::as_str)?,
        evaluations: row.check("evaluations", evaluations.collect())?,
        unmatched: row.json::<Vec<UnmatchedJson>>("unmatched")?.into_iter().map(Unmatched::from).collect(),
        instant: row.time("instant")?,
        evaluator: row.digest("evaluator")?,
    })
}
