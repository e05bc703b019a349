use assay_base::{AttachmentId, OrgId, ProjectName, RegistrationId, Timestamp, WorkflowId, WorkflowName};
use assay_model::Attachment;
use assay_ports::{Audit, Page, PageRequest};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use super::{audit, delivery};
use crate::error::Outcome;
use crate::page::Keyset;
use crate::row::Columns;

/// Every query for attachments reads these columns.
macro_rules! select_attachment {
    ($rest:literal) => {
        concat!(
            "select a.org_id, a.attachment_id, a.registration_id, r.name as registration, r.integration, a.workflow_id,
                    w.project, w.name as workflow, a.configuration, a.state, a.created_at
             from attachment a
             join registration r on r.org_id = a.org_id and r.registration_id = a.registration_id
             join workflow w on w.org_id = a.org_id and w.workflow_id = a.workflow_id ",
            $rest
        )
    };
}

/// Stores an attachment.
pub(super) async fn insert(db: &mut SqliteConnection, new: &Attachment, event: &Audit) -> Outcome<()> {
    sqlx::query(
        "insert into attachment (org_id, attachment_id, registration_id, workflow_id, configuration, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(&new.id.as_bytes()[..])
    .bind(&new.registration_id.as_bytes()[..])
    .bind(&new.workflow_id.as_bytes()[..])
    .bind(serde_json::to_string(&new.configuration)?)
    .bind(serde_json::to_string(&new.state)?)
    .bind(new.created_at.micros())
    .execute(&mut *db)
    .await?;
    audit::append(db, new.org, event).await
}

/// The attachment with that id.
pub(super) async fn by_id(db: &SqlitePool, org: OrgId, id: AttachmentId) -> Outcome<Option<Attachment>> {
    let row = sqlx::query(select_attachment!("where a.org_id = $1 and a.attachment_id = $2"))
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Attachments, the oldest first.
pub(super) async fn list(
    db: &SqlitePool,
    org: OrgId,
    project: Option<&ProjectName>,
    workflow: Option<&WorkflowName>,
    page: &PageRequest,
) -> Outcome<Page<Attachment>> {
    let keyset = Keyset::<AttachmentId>::of(page)?;
    let rows = sqlx::query(select_attachment!(
        "where a.org_id = $1 and ($2 is null or a.attachment_id > $2)
           and ($3 is null or w.project = $3) and ($4 is null or w.name = $4)
         order by a.attachment_id limit $5"
    ))
    .bind(&org.as_bytes()[..])
    .bind(keyset.after.as_ref().map(|id| &id.as_bytes()[..]))
    .bind(project.map(AsRef::as_ref))
    .bind(workflow.map(AsRef::as_ref))
    .bind(keyset.rows())
    .fetch_all(db)
    .await?;
    keyset.page(rows, read, |attachment| attachment.id.to_string())
}

/// Removes an attachment and cancels its pending deliveries; false when there is none.
pub(super) async fn delete(
    db: &mut SqliteConnection,
    org: OrgId,
    id: AttachmentId,
    now: Timestamp,
    event: &Audit,
) -> Outcome<bool> {
    let row = sqlx::query("delete from attachment where org_id = $1 and attachment_id = $2 returning registration_id")
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(false) };
    let registration = Columns { table: "attachment", row: &row }.id("registration_id", RegistrationId::from_uuid)?;
    delivery::cancel(db, org, registration, id, now).await?;
    audit::append(db, org, event).await?;
    Ok(true)
}

fn read(row: &SqliteRow) -> Outcome<Attachment> {
    let row = Columns { table: "attachment", row };
    Ok(Attachment {
        id: row.id("attachment_id", AttachmentId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        registration_id: row.id("registration_id", RegistrationId::from_uuid)?,
        registration: row.text("registration")?,
        integration: row.text("integration")?,
        workflow_id: row.id("workflow_id", WorkflowId::from_uuid)?,
        project: row.text("project")?,
        workflow: row.text("workflow")?,
        configuration: row.json("configuration")?,
        state: row.json("state")?,
        created_at: row.time("created_at")?,
    })
}
