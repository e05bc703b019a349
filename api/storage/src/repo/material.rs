use assay_base::{Digest, OrgId, ProjectName, RunId, Timestamp};
use assay_model::{Material, Push};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, SqliteConnection, SqlitePool};

use super::attestation::ROWS_AT_ONCE;
use super::gate;
use crate::error::Outcome;
use crate::json::Annotations;
use crate::row::Columns;

/// Stores the materials of a push, and which of them answer gates.
pub(super) async fn insert(db: &mut SqliteConnection, push: &Push) -> Outcome<()> {
    let numbered = (0_i64..).zip(&push.materials);
    let rows: Vec<_> = numbered.map(|(i, m)| Ok((i, m, annotations(m)?, size(m)))).collect::<Outcome<_>>()?;
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        QueryBuilder::new(
            "insert into material (org_id, run_id, position, name, kind, digest, size, value, output, annotations) ",
        )
        .push_values(chunk, |mut row, (position, material, annotations, size)| {
            row.push_bind(&push.org.as_bytes()[..])
                .push_bind(&push.run.as_bytes()[..])
                .push_bind(position)
                .push_bind(material.name.as_str())
                .push_bind(material.kind.as_str())
                .push_bind(material.digest.as_ref().map(|digest| &digest.as_bytes()[..]))
                .push_bind(size)
                .push_bind(&material.value)
                .push_bind(material.output)
                .push_bind(annotations);
        })
        .build()
        .execute(&mut *db)
        .await?;
    }
    for digest in push.materials.iter().filter(|material| material.output).filter_map(|material| material.digest) {
        gate::insert_output(db, push, digest).await?;
    }
    Ok(())
}

fn annotations(material: &Material) -> serde_json::Result<String> {
    serde_json::to_string(&material.annotations)
}

/// Sizes beyond what a database counts do not exist on disks either.
fn size(material: &Material) -> Option<i64> {
    material.size.map(|size| i64::try_from(size).unwrap_or(i64::MAX))
}

/// The materials of a run, in the order of its statement.
pub(super) async fn of_run(db: &SqlitePool, org: OrgId, run: RunId) -> Outcome<Vec<Material>> {
    let rows = sqlx::query(
        "select name, kind, digest, size, value, output, annotations from material
         where org_id = $1 and run_id = $2 order by position",
    )
    .bind(&org.as_bytes()[..])
    .bind(&run.as_bytes()[..])
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Whether any run of the organization has a material with that digest, or a component with it is installed.
pub(super) async fn is_in_org(db: &SqlitePool, org: OrgId, digest: Digest) -> Outcome<bool> {
    let row = sqlx::query(
        "select 1 from material where org_id = $1 and digest = $2
         union all
         select 1 from integration where org_id = $1 and digest = $2 limit 1",
    )
    .bind(&org.as_bytes()[..])
    .bind(&digest.as_bytes()[..])
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Notes that somebody of that project handed in those bytes.
pub(super) async fn note_upload(
    db: &mut SqliteConnection,
    org: OrgId,
    project: &ProjectName,
    digest: Digest,
    at: Timestamp,
) -> Outcome<()> {
    sqlx::query(
        "insert into upload (org_id, project, digest, at) values ($1, $2, $3, $4)
         on conflict (org_id, project, digest) do update set at = excluded.at",
    )
    .bind(&org.as_bytes()[..])
    .bind(project.as_str())
    .bind(&digest.as_bytes()[..])
    .bind(at.micros())
    .execute(db)
    .await?;
    Ok(())
}

/// Whether that project has those bytes: handed in, or as a material of one of its runs.
pub(super) async fn is_of_project(db: &SqlitePool, org: OrgId, project: &ProjectName, digest: Digest) -> Outcome<bool> {
    let row = sqlx::query(
        "select 1 from material m
         join run r on r.org_id = m.org_id and r.run_id = m.run_id
         join workflow w on w.org_id = r.org_id and w.workflow_id = r.workflow_id
         where m.org_id = $1 and m.digest = $2 and w.project = $3
         union all
         select 1 from upload where org_id = $1 and digest = $2 and project = $3 limit 1",
    )
    .bind(&org.as_bytes()[..])
    .bind(&digest.as_bytes()[..])
    .bind(project.as_str())
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

fn read(row: &SqliteRow) -> Outcome<Material> {
    let row = Columns { table: "material", row };
    Ok(Material {
        name: row.text("name")?,
        kind: row.text("kind")?,
        digest: row.opt_digest("digest")?,
        size: row.opt_number("size")?,
        value: row.get("value")?,
        output: row.get("output")?,
        annotations: row.json::<Annotations>("annotations")?,
    })
}
