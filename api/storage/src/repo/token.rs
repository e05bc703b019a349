use std::time::Duration;

use assay_base::{OrgId, OrgName, Timestamp, TokenHash, TokenId, TokenName};
use assay_model::ApiToken;
use assay_ports::{Audit, NewToken, Page, PageRequest, RepositoryError, Tokens};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::audit;
use crate::Sqlite;
use crate::error::{Failure, Outcome, taken};
use crate::page::Keyset;
use crate::row::Columns;

/// How exactly the last use of a token is known.
const TOUCH_PERIOD: Duration = Duration::from_mins(1);

#[async_trait]
impl Tokens for Sqlite {
    async fn create_token(&self, token: &NewToken, event: &Audit) -> Result<(), RepositoryError> {
        let (token, event) = (token.clone(), event.clone());
        self.write(move |db| {
            Box::pin(async move {
                insert(db, &token).await?;
                audit::append(db, token.token.org, &event).await
            })
        })
        .await
    }

    async fn token(&self, id: TokenId) -> Result<Option<(NewToken, OrgName)>, RepositoryError> {
        let row = sqlx::query(
            "select t.token_id, t.org_id, t.name, t.hash, t.role, t.project, t.created_at, t.expires_at,
                    t.last_used_at, t.revoked_at, o.name as org_name
             from token t join organization o on o.org_id = t.org_id where t.token_id = $1",
        )
        .bind(&id.as_bytes()[..])
        .fetch_optional(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(row.as_ref().map(read_with_hash).transpose()?)
    }

    async fn tokens(&self, org: OrgId, page: &PageRequest) -> Result<Page<ApiToken>, RepositoryError> {
        let keyset = Keyset::<TokenName>::of(page)?;
        let rows = sqlx::query(
            "select token_id, org_id, name, role, project, created_at, expires_at, last_used_at, revoked_at from token
             where org_id = $1 and revoked_at is null and ($2 is null or name > $2) order by name limit $3",
        )
        .bind(&org.as_bytes()[..])
        .bind(keyset.after.as_ref().map(AsRef::as_ref))
        .bind(keyset.rows())
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(keyset.page(rows, read, |token| token.name.to_string())?)
    }

    async fn revoke_token(&self, org: OrgId, name: &TokenName, event: &Audit) -> Result<bool, RepositoryError> {
        let (name, event) = (name.clone(), event.clone());
        self.write(move |db| {
            Box::pin(async move {
                let update = "update token set revoked_at = $3 where org_id = $1 and name = $2 and revoked_at is null";
                let done = sqlx::query(update)
                    .bind(&org.as_bytes()[..])
                    .bind(name.as_str())
                    .bind(event.at.micros())
                    .execute(&mut *db)
                    .await?;
                let revoked = done.rows_affected() > 0;
                if revoked {
                    audit::append(db, org, &event).await?;
                }
                Ok(revoked)
            })
        })
        .await
    }

    async fn touch_token(&self, id: TokenId, at: Timestamp) -> Result<(), RepositoryError> {
        if !self.is_touch_due(id, at, TOUCH_PERIOD) {
            return Ok(());
        }
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "update token set last_used_at = $2
                     where token_id = $1 and (last_used_at is null or last_used_at <= $3)",
                )
                .bind(&id.as_bytes()[..])
                .bind(at.micros())
                .bind(at.before(TOUCH_PERIOD).micros())
                .execute(db)
                .await?;
                Ok(())
            })
        })
        .await
    }
}

/// Stores a token. One of that name that has expired gives the name up: it is revoked as of its end.
pub(super) async fn insert(db: &mut SqliteConnection, new: &NewToken) -> Outcome<()> {
    let NewToken { token, hash } = new;
    sqlx::query(
        "update token set revoked_at = expires_at
         where org_id = $1 and name = $2 and revoked_at is null and expires_at <= $3",
    )
    .bind(&token.org.as_bytes()[..])
    .bind(token.name.as_str())
    .bind(token.created_at.micros())
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "insert into token (token_id, org_id, name, hash, role, project, created_at, expires_at, last_used_at, revoked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&token.id.as_bytes()[..])
    .bind(&token.org.as_bytes()[..])
    .bind(token.name.as_str())
    .bind(&hash.as_bytes()[..])
    .bind(token.role.as_str())
    .bind(token.project.as_ref().map(AsRef::as_ref))
    .bind(token.created_at.micros())
    .bind(token.expires_at.map(Timestamp::micros))
    .bind(token.last_used_at.map(Timestamp::micros))
    .bind(token.revoked_at.map(Timestamp::micros))
    .execute(db)
    .await
    .map_err(taken("token"))?;
    Ok(())
}

fn read_with_hash(row: &SqliteRow) -> Outcome<(NewToken, OrgName)> {
    let columns = Columns { table: "token", row };
    let hash = TokenHash::from_bytes(columns.bytes32("hash")?);
    let org_name = Columns { table: "organization", row }.text("org_name")?;
    Ok((NewToken { token: read(row)?, hash }, org_name))
}

fn read(row: &SqliteRow) -> Outcome<ApiToken> {
    let row = Columns { table: "token", row };
    Ok(ApiToken {
        id: row.id("token_id", TokenId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        name: row.text("name")?,
        role: row.text("role")?,
        project: row.opt_text("project")?,
        created_at: row.time("created_at")?,
        expires_at: row.opt_time("expires_at")?,
        last_used_at: row.opt_time("last_used_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}
