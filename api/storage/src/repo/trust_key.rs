use assay_base::{OrgId, TokenName, TrustKeyId};
use assay_model::TrustKey;
use assay_ports::{Audit, RepositoryError, TrustKeys};
use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::audit;
use crate::Sqlite;
use crate::error::{Failure, Outcome, taken};
use crate::row::Columns;

#[async_trait]
impl TrustKeys for Sqlite {
    async fn add_key(&self, key: &TrustKey, event: &Audit) -> Result<(), RepositoryError> {
        let (key, event) = (key.clone(), event.clone());
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "insert into trust_key (org_id, name, trust_key_id, key_id, algorithm, public_key, created_at)
                     values ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(&key.org.as_bytes()[..])
                .bind(key.name.as_str())
                .bind(&key.id.as_bytes()[..])
                .bind(&key.key_id)
                .bind(&key.algorithm)
                .bind(&key.public_key[..])
                .bind(key.created_at.micros())
                .execute(&mut *db)
                .await
                .map_err(taken("key"))?;
                audit::append(db, key.org, &event).await
            })
        })
        .await
    }

    async fn keys(&self, org: OrgId) -> Result<Vec<TrustKey>, RepositoryError> {
        let rows = sqlx::query(
            "select org_id, name, trust_key_id, key_id, algorithm, public_key, created_at from trust_key
             where org_id = $1 order by name",
        )
        .bind(&org.as_bytes()[..])
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(rows.iter().map(read).collect::<Outcome<_>>()?)
    }

    async fn remove_key(&self, org: OrgId, name: &TokenName, event: &Audit) -> Result<bool, RepositoryError> {
        let (name, event) = (name.clone(), event.clone());
        self.write(move |db| {
            Box::pin(async move {
                let done = sqlx::query("delete from trust_key where org_id = $1 and name = $2")
                    .bind(&org.as_bytes()[..])
                    .bind(name.as_str())
                    .execute(&mut *db)
                    .await?;
                let removed = done.rows_affected() > 0;
                if removed {
                    audit::append(db, org, &event).await?;
                }
                Ok(removed)
            })
        })
        .await
    }
}

fn read(row: &SqliteRow) -> Outcome<TrustKey> {
    let row = Columns { table: "trust_key", row };
    Ok(TrustKey {
        id: row.id("trust_key_id", TrustKeyId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        name: row.text("name")?,
        key_id: row.get("key_id")?,
        algorithm: row.get("algorithm")?,
        public_key: row.get("public_key")?,
        created_at: row.time("created_at")?,
    })
}
