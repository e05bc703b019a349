use assay_base::{OrgId, RegistrationId};
use sqlx::{SqliteConnection, SqlitePool};

use crate::error::Outcome;
use crate::row::Columns;

/// How many keys the state of a registration has at most.
const MAX_KEYS: i64 = 64;

/// The keys and their values, by key.
pub(super) async fn all(db: &SqlitePool, org: OrgId, id: RegistrationId) -> Outcome<Vec<(String, String)>> {
    let rows = sqlx::query(
        "select state_key, content from registration_state where org_id = $1 and registration_id = $2
         order by state_key",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .fetch_all(db)
    .await?;
    let columns = rows.iter().map(|row| Columns { table: "registration_state", row });
    columns.map(|row| Ok((row.get("state_key")?, row.get("content")?))).collect()
}

/// The value of a key.
pub(super) async fn get(db: &SqlitePool, org: OrgId, id: RegistrationId, key: &str) -> Outcome<Option<String>> {
    let select = "select content from registration_state where org_id = $1 and registration_id = $2 and state_key = $3";
    let row =
        sqlx::query(select).bind(&org.as_bytes()[..]).bind(&id.as_bytes()[..]).bind(key).fetch_optional(db).await?;
    row.map(|row| Columns { table: "registration_state", row: &row }.get("content")).transpose()
}

/// Sets or removes a key; false when there would be too many, or there is no such registration.
pub(super) async fn set(
    db: &mut SqliteConnection,
    (org, id): (OrgId, RegistrationId),
    key: String,
    value: Option<String>,
) -> Outcome<bool> {
    let Some(value) = value else {
        sqlx::query("delete from registration_state where org_id = $1 and registration_id = $2 and state_key = $3")
            .bind(&org.as_bytes()[..])
            .bind(&id.as_bytes()[..])
            .bind(key)
            .execute(db)
            .await?;
        return Ok(true);
    };
    let done = sqlx::query(
        "insert into registration_state (org_id, registration_id, state_key, content)
         select r.org_id, r.registration_id, $3, $4 from registration r
         where r.org_id = $1 and r.registration_id = $2
           and $5 > (select count(*) from registration_state s
                     where s.org_id = $1 and s.registration_id = $2 and s.state_key <> $3)
         on conflict (org_id, registration_id, state_key) do update set content = excluded.content",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .bind(key)
    .bind(value)
    .bind(MAX_KEYS)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
