use assay_base::OrgId;
use assay_ports::{Authorities, AuthorityKind, AuthorityRecord, RepositoryError};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::Sqlite;
use crate::error::{Failure, Outcome};
use crate::row::Columns;

#[async_trait]
impl Authorities for Sqlite {
    async fn authorities(&self, org: OrgId) -> Result<Vec<AuthorityRecord>, RepositoryError> {
        let rows = sqlx::query(
            "select org_id, kind, chain, sealed_key, valid_from, valid_to from authority
             where org_id = $1 order by valid_from, position",
        )
        .bind(&org.as_bytes()[..])
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(rows.iter().map(read).collect::<Outcome<_>>()?)
    }
}

pub(super) async fn insert(db: &mut SqliteConnection, position: i64, record: &AuthorityRecord) -> Outcome<()> {
    let chain = serde_json::to_string(&record.chain.iter().map(hex::encode).collect::<Vec<_>>())?;
    sqlx::query(
        "insert into authority (org_id, position, kind, chain, sealed_key, valid_from, valid_to)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&record.org.as_bytes()[..])
    .bind(position)
    .bind(word(record.kind))
    .bind(chain)
    .bind(&record.sealed_key[..])
    .bind(record.valid_from.micros())
    .bind(record.valid_to.map(assay_base::Timestamp::micros))
    .execute(db)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Outcome<AuthorityRecord> {
    let row = Columns { table: "authority", row };
    let chain: Vec<String> = row.json("chain")?;
    Ok(AuthorityRecord {
        org: row.id("org_id", OrgId::from_uuid)?,
        kind: row.word("kind", &[AuthorityKind::Certificate, AuthorityKind::Timestamp], word)?,
        chain: row.check("chain", chain.iter().map(hex::decode).collect())?,
        sealed_key: row.get("sealed_key")?,
        valid_from: row.time("valid_from")?,
        valid_to: row.opt_time("valid_to")?,
    })
}

const fn word(kind: AuthorityKind) -> &'static str {
    match kind {
        AuthorityKind::Certificate => "certificate",
        AuthorityKind::Timestamp => "timestamp",
    }
}
