use assay_base::{OrgId, OrgName};
use assay_model::Organization;
use assay_ports::{Audit, AuthorityRecord, NewToken, Organizations, Page, PageRequest, RepositoryError};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{audit, authority, token};
use crate::Sqlite;
use crate::error::{Failure, Outcome, taken};
use crate::page::Keyset;
use crate::row::Columns;

#[async_trait]
impl Organizations for Sqlite {
    async fn create_org(
        &self,
        org: &Organization,
        authorities: &[AuthorityRecord],
        owner: &NewToken,
        event: &Audit,
    ) -> Result<(), RepositoryError> {
        let (org, authorities, owner, event) = (org.clone(), authorities.to_vec(), owner.clone(), event.clone());
        self.write(move |db| {
            Box::pin(async move {
                insert(db, &org).await?;
                for (position, record) in (0..).zip(&authorities) {
                    authority::insert(db, position, record).await?;
                }
                token::insert(db, &owner).await?;
                audit::append(db, org.id, &event).await
            })
        })
        .await
    }

    async fn org(&self, name: &OrgName) -> Result<Option<Organization>, RepositoryError> {
        let row = sqlx::query("select org_id, name, created_at from organization where name = $1")
            .bind(name.as_str())
            .fetch_optional(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn org_by_id(&self, id: OrgId) -> Result<Option<Organization>, RepositoryError> {
        let row = sqlx::query("select org_id, name, created_at from organization where org_id = $1")
            .bind(&id.as_bytes()[..])
            .fetch_optional(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn orgs(&self, page: &PageRequest) -> Result<Page<Organization>, RepositoryError> {
        let keyset = Keyset::<OrgName>::of(page)?;
        let rows = sqlx::query(
            "select org_id, name, created_at from organization
             where ($1 is null or name > $1) order by name limit $2",
        )
        .bind(keyset.after.as_ref().map(AsRef::as_ref))
        .bind(keyset.rows())
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(keyset.page(rows, read, |org| org.name.to_string())?)
    }
}

async fn insert(db: &mut SqliteConnection, org: &Organization) -> Outcome<()> {
    sqlx::query("insert into organization (org_id, name, created_at) values ($1, $2, $3)")
        .bind(&org.id.as_bytes()[..])
        .bind(org.name.as_str())
        .bind(org.created_at.micros())
        .execute(db)
        .await
        .map_err(taken("organization"))?;
    Ok(())
}

fn read(row: &SqliteRow) -> Outcome<Organization> {
    let row = Columns { table: "organization", row };
    Ok(Organization {
        id: row.id("org_id", OrgId::from_uuid)?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
    })
}
