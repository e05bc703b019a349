use assay_base::OrgId;
use assay_ports::Audit;
use sqlx::SqliteConnection;

use crate::error::Outcome;

/// Appends an event to the audit trail, in the transaction of the deed.
pub(crate) async fn append(db: &mut SqliteConnection, org: OrgId, audit: &Audit) -> Outcome<()> {
    sqlx::query("insert into audit (org_id, at, actor, action, subject) values ($1, $2, $3, $4, $5)")
        .bind(&org.as_bytes()[..])
        .bind(audit.at.micros())
        .bind(audit.actor.as_ref().map(AsRef::as_ref))
        .bind(audit.action)
        .bind(&audit.subject)
        .execute(db)
        .await?;
    Ok(())
}
