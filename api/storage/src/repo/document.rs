use std::sync::Arc;

use assay_base::{Digest, DocumentName, OrgId, Timestamp};
use assay_model::{Applied, ApplyStatus, DocumentKind, DocumentRevision, FileRef, NewDocument};
use assay_ports::{Audit, Documents, Page, PageRequest, RepositoryError};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::audit;
use crate::Sqlite;
use crate::error::{Failure, Outcome};
use crate::json::{self, FileJson};
use crate::page::Keyset;
use crate::row::Columns;

#[async_trait]
impl Documents for Sqlite {
    async fn apply(
        &self,
        org: OrgId,
        documents: &[NewDocument],
        policies: &[(Digest, String)],
        event: &Audit,
    ) -> Result<Vec<Applied>, RepositoryError> {
        let (documents, policies, event) = (documents.to_vec(), policies.to_vec(), event.clone());
        self.write(move |db| Box::pin(async move { apply(db, org, &documents, &policies, &event).await })).await
    }

    async fn documents(
        &self,
        org: OrgId,
        kind: DocumentKind,
        page: &PageRequest,
    ) -> Result<Page<DocumentRevision>, RepositoryError> {
        let keyset = Keyset::<DocumentName>::of(page)?;
        let rows = sqlx::query(
            "select kind, name, revision, digest, source, files, created_at from document d
             where org_id = $1 and kind = $2 and ($3 is null or name > $3)
               and revision = (select max(revision) from document
                               where org_id = d.org_id and kind = d.kind and name = d.name)
             order by name limit $4",
        )
        .bind(&org.as_bytes()[..])
        .bind(kind.as_str())
        .bind(keyset.after.as_ref().map(AsRef::as_ref))
        .bind(keyset.rows())
        .fetch_all(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(keyset.page(rows, read, |document| document.name.to_string())?)
    }

    async fn document(
        &self,
        org: OrgId,
        kind: DocumentKind,
        name: &DocumentName,
        revision: Option<u32>,
    ) -> Result<Option<DocumentRevision>, RepositoryError> {
        let row = sqlx::query(
            "select kind, name, revision, digest, source, files, created_at from document
             where org_id = $1 and kind = $2 and name = $3 and ($4 is null or revision = $4)
             order by revision desc limit 1",
        )
        .bind(&org.as_bytes()[..])
        .bind(kind.as_str())
        .bind(name.as_str())
        .bind(revision.map(i64::from))
        .fetch_optional(self.readers())
        .await
        .map_err(Failure::from)?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn policy_text(&self, org: OrgId, digest: Digest) -> Result<Option<String>, RepositoryError> {
        let row = sqlx::query("select source from policy_text where org_id = $1 and digest = $2")
            .bind(&org.as_bytes()[..])
            .bind(&digest.as_bytes()[..])
            .fetch_optional(self.readers())
            .await
            .map_err(Failure::from)?;
        Ok(row.map(|row| Columns { table: "policy_text", row: &row }.get("source")).transpose()?)
    }
}

async fn apply(
    db: &mut SqliteConnection,
    org: OrgId,
    documents: &[NewDocument],
    policies: &[(Digest, String)],
    event: &Audit,
) -> Outcome<Vec<Applied>> {
    for (digest, source) in policies {
        keep_policy(db, org, *digest, source).await?;
    }
    let mut applied = Vec::with_capacity(documents.len());
    for document in documents {
        if document.kind == DocumentKind::Policy {
            keep_policy(db, org, document.digest, &document.source).await?;
        }
        applied.push(apply_one(db, org, document, event.at).await?);
    }
    if applied.iter().any(|one| one.status != ApplyStatus::Unchanged) {
        audit::append(db, org, event).await?;
    }
    Ok(applied)
}

async fn apply_one(db: &mut SqliteConnection, org: OrgId, document: &NewDocument, at: Timestamp) -> Outcome<Applied> {
    let newest = newest(db, org, document).await?;
    let (revision, status) = match newest {
        None => (1, ApplyStatus::Created),
        Some((revision, digest, files)) if digest == document.digest && files == document.files => {
            (revision, ApplyStatus::Unchanged)
        }
        Some((revision, ..)) => (revision + 1, ApplyStatus::Updated),
    };
    if status != ApplyStatus::Unchanged {
        insert(db, org, document, revision, at).await?;
    }
    Ok(Applied { kind: document.kind, name: document.name.clone(), revision, digest: document.digest, status })
}

async fn newest(
    db: &mut SqliteConnection,
    org: OrgId,
    document: &NewDocument,
) -> Outcome<Option<(u32, Digest, Vec<FileRef>)>> {
    let row = sqlx::query(
        "select revision, digest, files from document
         where org_id = $1 and kind = $2 and name = $3 order by revision desc limit 1",
    )
    .bind(&org.as_bytes()[..])
    .bind(document.kind.as_str())
    .bind(document.name.as_str())
    .fetch_optional(db)
    .await?;
    let read = |row: SqliteRow| {
        let row = Columns { table: "document", row: &row };
        Ok((row.number("revision")?, row.digest("digest")?, files(&row)?))
    };
    row.map(read).transpose()
}

async fn insert(
    db: &mut SqliteConnection,
    org: OrgId,
    document: &NewDocument,
    revision: u32,
    at: Timestamp,
) -> Outcome<()> {
    sqlx::query(
        "insert into document (org_id, kind, name, revision, digest, source, files, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&org.as_bytes()[..])
    .bind(document.kind.as_str())
    .bind(document.name.as_str())
    .bind(i64::from(revision))
    .bind(&document.digest.as_bytes()[..])
    .bind(&*document.source)
    .bind(json::list::<_, FileJson>(&document.files)?)
    .bind(at.micros())
    .execute(db)
    .await?;
    Ok(())
}

async fn keep_policy(db: &mut SqliteConnection, org: OrgId, digest: Digest, source: &str) -> Outcome<()> {
    sqlx::query(
        "insert into policy_text (org_id, digest, source) values ($1, $2, $3) on conflict (org_id, digest) do nothing",
    )
    .bind(&org.as_bytes()[..])
    .bind(&digest.as_bytes()[..])
    .bind(source)
    .execute(db)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Outcome<DocumentRevision> {
    let row = Columns { table: "document", row };
    Ok(DocumentRevision {
        kind: row.text("kind")?,
        name: row.text("name")?,
        revision: row.number("revision")?,
        digest: row.digest("digest")?,
        created_at: row.time("created_at")?,
        source: Arc::from(row.get::<&str>("source")?),
        files: files(&row)?,
    })
}

fn files(row: &Columns<'_>) -> Outcome<Vec<FileRef>> {
    Ok(row.json::<Vec<FileJson>>("files")?.into_iter().map(FileRef::from).collect())
}
