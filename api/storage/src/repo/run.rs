use assay_base::{Digest, JobId, OrgId, ProjectName, RunId, Timestamp, WorkflowId};
use assay_model::{
    ContractRef, LatestRun, Material, NewRun, PinnedPolicy, Push, Run, RunState, RunVerdict, Runner, SignerRecord,
    Subject, Verdict, WorkflowKey,
};
use assay_ports::{Accepted, Audit, JobLease, Page, PageRequest, RepositoryError, RunFilter, Runs};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{attestation, audit, gate, material, open_run, verdict};
use crate::Sqlite;
use crate::error::{Failure, Outcome};
use crate::json::PinJson;
use crate::page::Keyset;
use crate::row::Columns;

/// Every query for runs reads these columns.
macro_rules! select_run {
    ($rest:literal) => {
        concat!(
            "select r.org_id, r.run_id, r.workflow_id, w.project, w.name, r.version, r.state, r.contract,
                    r.contract_revision, r.contract_digest, r.pins, r.runner_kind, r.runner_url, r.created_at,
                    r.expires_at, r.finished_at, r.reason, r.digest, r.verdict
             from run r join workflow w on w.org_id = r.org_id and w.workflow_id = r.workflow_id ",
            $rest
        )
    };
}

#[async_trait]
impl Runs for Sqlite {
    async fn open_run(&self, run: &NewRun, event: &Audit) -> Result<Run, RepositoryError> {
        let (run, event) = (run.clone(), event.clone());
        self.write(move |db| Box::pin(async move { open_run::open(db, run, &event).await })).await
    }

    async fn run(&self, org: OrgId, id: RunId) -> Result<Option<Run>, RepositoryError> {
        let row = sqlx::query(select_run!("where r.org_id = $1 and r.run_id = $2"))
            .bind(&org.as_bytes()[..])
            .bind(&id.as_bytes()[..])
            .fetch_optional(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn run_by_digest(&self, org: OrgId, digest: Digest) -> Result<Option<Run>, RepositoryError> {
        let row = sqlx::query(select_run!("where r.org_id = $1 and r.digest = $2 order by r.run_id desc limit 1"))
            .bind(&org.as_bytes()[..])
            .bind(&digest.as_bytes()[..])
            .fetch_optional(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn runs(
        &self,
        org: OrgId,
        filter: &RunFilter,
        now: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<Run>, RepositoryError> {
        let keyset = Keyset::<RunId>::of(page)?;
        // An open run whose time is over counts as expired, whether or not anybody wrote that down.
        let rows = sqlx::query(select_run!(
            "where r.org_id = $1 and ($2 is null or r.run_id < $2)
               and ($3 is null or w.project = $3) and ($4 is null or w.name = $4)
               and ($5 is null or r.verdict = $5)
               and ($6 is null or $6 = case when r.state = 'open' and r.expires_at <= $7 then 'expired' else r.state end)
             order by r.run_id desc limit $8"
        ))
        .bind(&org.as_bytes()[..])
        .bind(keyset.after.as_ref().map(|id| &id.as_bytes()[..]))
        .bind(filter.project.as_ref().map(AsRef::as_ref))
        .bind(filter.workflow.as_ref().map(AsRef::as_ref))
        .bind(filter.verdict.map(Verdict::as_str))
        .bind(filter.state.map(RunState::as_str))
        .bind(now.micros())
        .bind(keyset.rows())
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(keyset.page(rows, read, |run| run.id.to_string())?)
    }

    async fn finish_run(
        &self,
        org: OrgId,
        id: RunId,
        state: RunState,
        reason: Option<&str>,
        event: &Audit,
    ) -> Result<Option<RunState>, RepositoryError> {
        let (reason, event) = (reason.map(str::to_owned), event.clone());
        self.write(move |db| Box::pin(async move { finish(db, (org, id), state, reason, &event).await })).await
    }

    async fn accept(
        &self,
        push: &Push,
        job: JobId,
        lease_until: Timestamp,
        event: &Audit,
    ) -> Result<Accepted, RepositoryError> {
        let (push, event) = (push.clone(), event.clone());
        self.write(move |db| Box::pin(async move { attestation::accept(db, push, job, lease_until, &event).await }))
            .await
    }

    async fn bundle(&self, org: OrgId, id: RunId) -> Result<Option<(Vec<u8>, SignerRecord)>, RepositoryError> {
        Ok(attestation::bundle(self.readers(), org, id).await?)
    }

    async fn materials(&self, org: OrgId, id: RunId) -> Result<Vec<Material>, RepositoryError> {
        Ok(material::of_run(self.readers(), org, id).await?)
    }

    async fn subjects(&self, org: OrgId, id: RunId) -> Result<Vec<Subject>, RepositoryError> {
        Ok(attestation::subjects(self.readers(), org, id).await?)
    }

    async fn refers_to(&self, org: OrgId, digest: Digest) -> Result<bool, RepositoryError> {
        Ok(material::is_in_org(self.readers(), org, digest).await?)
    }

    async fn note_upload(
        &self,
        org: OrgId,
        project: &ProjectName,
        digest: Digest,
        at: Timestamp,
    ) -> Result<(), RepositoryError> {
        let project = project.clone();
        self.write(move |db| Box::pin(async move { material::note_upload(db, org, &project, digest, at).await })).await
    }

    async fn project_has(&self, org: OrgId, project: &ProjectName, digest: Digest) -> Result<bool, RepositoryError> {
        Ok(material::is_of_project(self.readers(), org, project, digest).await?)
    }

    async fn judge(
        &self,
        org: OrgId,
        id: RunId,
        verdict: &RunVerdict,
        lease: JobLease,
        now: Timestamp,
    ) -> Result<bool, RepositoryError> {
        let row = verdict::Row::new(verdict).map_err(Failure::from)?;
        self.write(move |db| Box::pin(async move { verdict::judge(db, (org, id), row, lease, now).await })).await
    }

    async fn verdict(&self, org: OrgId, id: RunId) -> Result<Option<RunVerdict>, RepositoryError> {
        Ok(verdict::of_run(self.readers(), org, id).await?)
    }

    async fn latest_outputs(
        &self,
        org: OrgId,
        digest: Digest,
        workflows: &[WorkflowKey],
    ) -> Result<Vec<Option<LatestRun>>, RepositoryError> {
        Ok(gate::latest(self.readers(), org, digest, workflows).await?)
    }
}

async fn finish(
    db: &mut SqliteConnection,
    (org, id): (OrgId, RunId),
    state: RunState,
    reason: Option<String>,
    event: &Audit,
) -> Outcome<Option<RunState>> {
    let row = sqlx::query(select_run!("where r.org_id = $1 and r.run_id = $2"))
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .fetch_optional(&mut *db)
        .await?;
    let Some(run) = row.as_ref().map(read).transpose()? else { return Ok(None) };
    // A run that is past its time can still be written down as expired.
    let current = if state == RunState::Expired { run.state } else { run.state_at(event.at) };
    let Ok(next) = current.step(state) else { return Ok(Some(current)) };
    sqlx::query("update run set state = $3, reason = $4, finished_at = $5 where org_id = $1 and run_id = $2")
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .bind(next.as_str())
        .bind(reason)
        .bind(event.at.micros())
        .execute(&mut *db)
        .await?;
    audit::append(db, org, event).await?;
    Ok(Some(next))
}

fn read(row: &SqliteRow) -> Outcome<Run> {
    let row = Columns { table: "run", row };
    Ok(Run {
        id: row.id("run_id", RunId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        workflow_id: row.id("workflow_id", WorkflowId::from_uuid)?,
        project: row.text("project")?,
        workflow: row.text("name")?,
        version: row.get("version")?,
        state: row.text("state")?,
        contract: ContractRef {
            name: row.text("contract")?,
            revision: row.number("contract_revision")?,
            digest: row.digest("contract_digest")?,
        },
        pins: row.json::<Vec<PinJson>>("pins")?.into_iter().map(PinnedPolicy::from).collect(),
        runner: Runner { kind: row.get("runner_kind")?, url: row.get("runner_url")? },
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        finished_at: row.opt_time("finished_at")?,
        reason: row.get("reason")?,
        digest: row.opt_digest("digest")?,
        verdict: row.opt_word("verdict", &Verdict::ALL, Verdict::as_str)?,
    })
}
