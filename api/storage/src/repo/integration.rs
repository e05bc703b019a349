use assay_base::{
    AttachmentId, IntegrationId, OrgId, ProjectName, RegistrationId, RegistrationName, Timestamp, WorkflowName,
};
use assay_model::{Attachment, Health, InstalledIntegration, Registration};
use assay_ports::{Audit, Integrations, Page, PageRequest, Removal, RepositoryError};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{attachment, audit, registration, registration_state};
use crate::Sqlite;
use crate::error::{Failure, Outcome};
use crate::row::Columns;

/// Every query for installed integrations reads these columns.
macro_rules! select_integration {
    ($rest:literal) => {
        concat!("select org_id, integration_id, digest, manifest, signer, installed_at from integration ", $rest)
    };
}

#[async_trait]
impl Integrations for Sqlite {
    async fn install(&self, integration: &InstalledIntegration, event: &Audit) -> Result<(), RepositoryError> {
        let (integration, event) = (integration.clone(), event.clone());
        self.write(move |db| Box::pin(async move { install(db, &integration, &event).await })).await
    }

    async fn installed(&self, org: OrgId, id: &IntegrationId) -> Result<Option<InstalledIntegration>, RepositoryError> {
        let row = sqlx::query(select_integration!("where org_id = $1 and integration_id = $2"))
            .bind(&org.as_bytes()[..])
            .bind(id.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn all_installed(&self, org: OrgId) -> Result<Vec<InstalledIntegration>, RepositoryError> {
        let rows = sqlx::query(select_integration!("where org_id = $1 order by integration_id"))
            .bind(&org.as_bytes()[..])
            .fetch_all(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(rows.iter().map(read).collect::<Outcome<_>>()?)
    }

    async fn uninstall(&self, org: OrgId, id: &IntegrationId, event: &Audit) -> Result<Removal, RepositoryError> {
        let (id, event) = (id.clone(), event.clone());
        self.write(move |db| Box::pin(async move { uninstall(db, org, &id, &event).await })).await
    }

    async fn register(
        &self,
        registration: &Registration,
        state: &[(String, String)],
        event: &Audit,
    ) -> Result<(), RepositoryError> {
        let (row, event) = (registration::Row::new(registration).map_err(Failure::from)?, event.clone());
        let (whose, state) = ((registration.org, registration.id), state.to_vec());
        self.write(move |db| {
            Box::pin(async move {
                registration::insert(db, row, &event).await?;
                for (key, value) in state {
                    registration_state::set(db, whose, key, Some(value)).await?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn registration(&self, org: OrgId, name: &RegistrationName) -> Result<Option<Registration>, RepositoryError> {
        Ok(registration::by_name(self.readers(), org, name).await?)
    }

    async fn registration_by_id(
        &self,
        org: OrgId,
        id: RegistrationId,
    ) -> Result<Option<Registration>, RepositoryError> {
        Ok(registration::by_id(self.readers(), org, id).await?)
    }

    async fn registrations(&self, org: OrgId, page: &PageRequest) -> Result<Page<Registration>, RepositoryError> {
        Ok(registration::list(self.readers(), org, page).await?)
    }

    async fn update_registration(
        &self,
        registration: &Registration,
        read: Timestamp,
        event: &Audit,
    ) -> Result<bool, RepositoryError> {
        let (row, event) = (registration::Row::new(registration).map_err(Failure::from)?, event.clone());
        self.write(move |db| Box::pin(async move { registration::update(db, row, read, &event).await })).await
    }

    async fn note(&self, org: OrgId, event: &Audit) -> Result<(), RepositoryError> {
        let event = event.clone();
        self.write(move |db| Box::pin(async move { audit::append(db, org, &event).await })).await
    }

    async fn set_health(
        &self,
        org: OrgId,
        id: RegistrationId,
        health: &Health,
        now: Timestamp,
    ) -> Result<(), RepositoryError> {
        let health = health.clone();
        self.write(move |db| Box::pin(async move { registration::set_health(db, org, id, &health, now).await })).await
    }

    async fn deregister(&self, org: OrgId, name: &RegistrationName, event: &Audit) -> Result<Removal, RepositoryError> {
        let (name, event) = (name.clone(), event.clone());
        self.write(move |db| Box::pin(async move { registration::delete(db, org, &name, &event).await })).await
    }

    async fn state(&self, org: OrgId, id: RegistrationId) -> Result<Vec<(String, String)>, RepositoryError> {
        Ok(registration_state::all(self.readers(), org, id).await?)
    }

    async fn state_get(&self, org: OrgId, id: RegistrationId, key: &str) -> Result<Option<String>, RepositoryError> {
        Ok(registration_state::get(self.readers(), org, id, key).await?)
    }

    async fn state_set(
        &self,
        org: OrgId,
        id: RegistrationId,
        key: &str,
        value: Option<&str>,
    ) -> Result<bool, RepositoryError> {
        let (key, value) = (key.to_owned(), value.map(str::to_owned));
        self.write(move |db| Box::pin(async move { registration_state::set(db, (org, id), key, value).await })).await
    }

    async fn attach(&self, attachment: &Attachment, event: &Audit) -> Result<(), RepositoryError> {
        let (attachment, event) = (attachment.clone(), event.clone());
        self.write(move |db| Box::pin(async move { attachment::insert(db, &attachment, &event).await })).await
    }

    async fn attachment(&self, org: OrgId, id: AttachmentId) -> Result<Option<Attachment>, RepositoryError> {
        Ok(attachment::by_id(self.readers(), org, id).await?)
    }

    async fn attachments(
        &self,
        org: OrgId,
        project: Option<&ProjectName>,
        workflow: Option<&WorkflowName>,
        page: &PageRequest,
    ) -> Result<Page<Attachment>, RepositoryError> {
        Ok(attachment::list(self.readers(), org, project, workflow, page).await?)
    }

    async fn detach(
        &self,
        org: OrgId,
        id: AttachmentId,
        now: Timestamp,
        event: &Audit,
    ) -> Result<bool, RepositoryError> {
        let event = event.clone();
        self.write(move |db| Box::pin(async move { attachment::delete(db, org, id, now, &event).await })).await
    }
}

async fn install(db: &mut SqliteConnection, new: &InstalledIntegration, event: &Audit) -> Outcome<()> {
    sqlx::query(
        "insert into integration (org_id, integration_id, digest, manifest, signer, installed_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (org_id, integration_id) do update set
           digest = excluded.digest, manifest = excluded.manifest, signer = excluded.signer,
           installed_at = excluded.installed_at",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(new.id.as_str())
    .bind(&new.digest.as_bytes()[..])
    .bind(&new.manifest)
    .bind(&new.signer)
    .bind(new.installed_at.micros())
    .execute(&mut *db)
    .await?;
    audit::append(db, new.org, event).await
}

async fn uninstall(db: &mut SqliteConnection, org: OrgId, id: &IntegrationId, event: &Audit) -> Outcome<Removal> {
    let row = sqlx::query(
        "select exists (select 1 from registration r where r.org_id = i.org_id and r.integration = i.integration_id) as used
         from integration i where i.org_id = $1 and i.integration_id = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(id.as_str())
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(Removal::Absent) };
    if (Columns { table: "integration", row: &row }).get("used")? {
        return Ok(Removal::InUse);
    }
    sqlx::query("delete from integration where org_id = $1 and integration_id = $2")
        .bind(&org.as_bytes()[..])
        .bind(id.as_str())
        .execute(&mut *db)
        .await?;
    audit::append(db, org, event).await?;
    Ok(Removal::Removed)
}

fn read(row: &SqliteRow) -> Outcome<InstalledIntegration> {
    let row = Columns { table: "integration", row };
    Ok(InstalledIntegration {
        org: row.id("org_id", OrgId::from_uuid)?,
        id: row.text("integration_id")?,
        digest: row.digest("digest")?,
        manifest: row.get("manifest")?,
        signer: row.get("signer")?,
        installed_at: row.time("installed_at")?,
    })
}
