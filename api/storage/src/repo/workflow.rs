use std::str::FromStr;

use assay_base::{DocumentName, OrgId, ProjectName, RunId, Timestamp, WorkflowId, WorkflowName};
use assay_model::{RunItem, RunState, Verdict, Workflow, WorkflowItem};
use assay_ports::{Audit, Page, PageRequest, RepositoryError, Workflows};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::audit;
use crate::Sqlite;
use crate::error::{Failure, Outcome};
use crate::page::Keyset;
use crate::row::Columns;

/// Every query for workflows in a list reads these columns: the workflow, how many runs it has, and the newest one.
macro_rules! select_item {
    ($rest:literal) => {
        concat!(
            "select w.org_id, w.workflow_id, w.project, w.name, w.contract, w.created_at,
                    (select count(*) from run c where c.org_id = w.org_id and c.workflow_id = w.workflow_id) as runs,
                    r.run_id, r.version, r.state, r.verdict, r.digest, r.created_at as run_created_at, r.expires_at,
                    r.finished_at
             from workflow w
             left join run r on r.org_id = w.org_id and r.run_id =
               (select l.run_id from run l where l.org_id = w.org_id and l.workflow_id = w.workflow_id
                order by l.run_id desc limit 1) ",
            $rest
        )
    };
}

#[async_trait]
impl Workflows for Sqlite {
    async fn workflow(
        &self,
        org: OrgId,
        project: &ProjectName,
        name: &WorkflowName,
    ) -> Result<Option<Workflow>, RepositoryError> {
        let row = sqlx::query(
            "select org_id, workflow_id, project, name, contract, created_at from workflow
             where org_id = $1 and project = $2 and name = $3",
        )
        .bind(&org.as_bytes()[..])
        .bind(project.as_str())
        .bind(name.as_str())
        .fetch_optional(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn workflows(
        &self,
        org: OrgId,
        project: Option<&ProjectName>,
        now: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<WorkflowItem>, RepositoryError> {
        let keyset = Keyset::<Place>::of(page)?;
        let (after_project, after_name) = keyset.after.as_ref().map(|place| (&place.project, &place.name)).unzip();
        let rows = sqlx::query(select_item!(
            "where w.org_id = $1 and ($2 is null or w.project = $2)
               and ($3 is null or (w.project, w.name) > ($3, $4))
             order by w.project, w.name limit $5"
        ))
        .bind(&org.as_bytes()[..])
        .bind(project.map(AsRef::as_ref))
        .bind(after_project.map(AsRef::as_ref))
        .bind(after_name.map(AsRef::as_ref))
        .bind(keyset.rows())
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        let place = |item: &WorkflowItem| format!("{}/{}", item.workflow.project, item.workflow.name);
        Ok(keyset.page(rows, |row| read_item(row, now), place)?)
    }

    async fn bind_workflow(
        &self,
        org: OrgId,
        project: &ProjectName,
        name: &WorkflowName,
        contract: &DocumentName,
        event: &Audit,
    ) -> Result<Option<WorkflowItem>, RepositoryError> {
        let (project, name, contract, event) = (project.clone(), name.clone(), contract.clone(), event.clone());
        self.write(move |db| {
            Box::pin(async move {
                let update = "update workflow set contract = $4 where org_id = $1 and project = $2 and name = $3";
                let done = sqlx::query(update)
                    .bind(&org.as_bytes()[..])
                    .bind(project.as_str())
                    .bind(name.as_str())
                    .bind(contract.as_str())
                    .execute(&mut *db)
                    .await?;
                if done.rows_affected() == 0 {
                    return Ok(None);
                }
                audit::append(db, org, &event).await?;
                item(db, org, &project, &name, event.at).await.map(Some)
            })
        })
        .await
    }
}

async fn item(
    db: &mut SqliteConnection,
    org: OrgId,
    project: &ProjectName,
    name: &WorkflowName,
    now: Timestamp,
) -> Outcome<WorkflowItem> {
    let row = sqlx::query(select_item!("where w.org_id = $1 and w.project = $2 and w.name = $3"))
        .bind(&org.as_bytes()[..])
        .bind(project.as_str())
        .bind(name.as_str())
        .fetch_one(db)
        .await?;
    read_item(&row, now)
}

/// Where a page of workflows begins: `project/workflow`.
struct Place {
    project: ProjectName,
    name: WorkflowName,
}

impl FromStr for Place {
    type Err = RepositoryError;
    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let (project, name) = text.split_once('/').ok_or(RepositoryError::Cursor)?;
        let project = project.parse().map_err(|_| RepositoryError::Cursor)?;
        Ok(Self { project, name: name.parse().map_err(|_| RepositoryError::Cursor)? })
    }
}

pub(super) fn read(row: &SqliteRow) -> Outcome<Workflow> {
    let row = Columns { table: "workflow", row };
    Ok(Workflow {
        id: row.id("workflow_id", WorkflowId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        project: row.text("project")?,
        name: row.text("name")?,
        contract: row.opt_text("contract")?,
        created_at: row.time("created_at")?,
    })
}

fn read_item(row: &SqliteRow, now: Timestamp) -> Outcome<WorkflowItem> {
    let workflow = read(row)?;
    let columns = Columns { table: "run", row };
    let last_run = match columns.opt_id("run_id", RunId::from_uuid)? {
        Some(id) => Some(read_last_run(&columns, id, &workflow, now)?),
        None => None,
    };
    Ok(WorkflowItem { runs: columns.number("runs")?, last_run, workflow })
}

fn read_last_run(row: &Columns<'_>, id: RunId, workflow: &Workflow, now: Timestamp) -> Outcome<RunItem> {
    let stored: RunState = row.text("state")?;
    let expired = stored == RunState::Open && row.time("expires_at")? <= now;
    Ok(RunItem {
        id,
        project: workflow.project.clone(),
        workflow: workflow.name.clone(),
        version: row.get("version")?,
        state: if expired { RunState::Expired } else { stored },
        verdict: row.opt_word("verdict", &Verdict::ALL, Verdict::as_str)?,
        digest: row.opt_digest("digest")?,
        created_at: row.time("run_created_at")?,
        finished_at: row.opt_time("finished_at")?,
    })
}
