use assay_model::{NewRun, Run, RunState, Workflow};
use assay_ports::{Audit, RepositoryError};
use sqlx::SqliteConnection;

use super::{audit, workflow};
use crate::error::Outcome;
use crate::json::{self, PinJson};

/// Opens a run, and makes its workflow when there is none.
pub(super) async fn open(db: &mut SqliteConnection, new: NewRun, event: &Audit) -> Outcome<Run> {
    let workflow = ensure_workflow(db, &new).await?;
    if workflow.contract != new.binding {
        return Err(RepositoryError::Bound.into());
    }
    insert(db, &workflow, &new).await?;
    audit::append(db, new.org, event).await?;
    Ok(opened(&workflow, new))
}

/// The workflow as it is. That it is made and read back in one transaction is what makes one contract win a race.
async fn ensure_workflow(db: &mut SqliteConnection, new: &NewRun) -> Outcome<Workflow> {
    sqlx::query(
        "insert into workflow (org_id, workflow_id, project, name, contract, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (org_id, project, name) do nothing",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(&new.workflow_id.as_bytes()[..])
    .bind(new.project.as_str())
    .bind(new.workflow.as_str())
    .bind(new.binding.as_ref().map(AsRef::as_ref))
    .bind(new.created_at.micros())
    .execute(&mut *db)
    .await?;
    let row = sqlx::query(
        "select org_id, workflow_id, project, name, contract, created_at from workflow
         where org_id = $1 and project = $2 and name = $3",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(new.project.as_str())
    .bind(new.workflow.as_str())
    .fetch_one(db)
    .await?;
    workflow::read(&row)
}

async fn insert(db: &mut SqliteConnection, workflow: &Workflow, new: &NewRun) -> Outcome<()> {
    sqlx::query(
        "insert into run (org_id, run_id, workflow_id, version, state, contract, contract_revision, contract_digest,
                          pins, runner_kind, runner_url, created_at, expires_at, looked_away)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(&new.id.as_bytes()[..])
    .bind(&workflow.id.as_bytes()[..])
    .bind(&new.version)
    .bind(RunState::Open.as_str())
    .bind(new.contract.name.as_str())
    .bind(i64::from(new.contract.revision))
    .bind(&new.contract.digest.as_bytes()[..])
    .bind(json::list::<_, PinJson>(&new.pins)?)
    .bind(&new.runner.kind)
    .bind(&new.runner.url)
    .bind(new.created_at.micros())
    .bind(new.expires_at.micros())
    .execute(db)
    .await?;
    Ok(())
}

fn opened(workflow: &Workflow, new: NewRun) -> Run {
    Run {
        id: new.id,
        org: new.org,
        workflow_id: workflow.id,
        project: new.project,
        workflow: new.workflow,
        version: new.version,
        state: RunState::Open,
        contract: new.contract,
        pins: new.pins,
        runner: new.runner,
        created_at: new.created_at,
        expires_at: new.expires_at,
        finished_at: None,
        reason: None,
        digest: None,
        verdict: None,
    }
}
