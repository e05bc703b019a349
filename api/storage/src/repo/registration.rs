use assay_base::{OrgId, RegistrationId, RegistrationName, Timestamp};
use assay_model::{AttemptOutcome, Health, Registration};
use assay_ports::{Audit, Page, PageRequest, Removal};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use super::{audit, delivery};
use crate::error::{Outcome, taken};
use crate::page::Keyset;
use crate::row::Columns;

/// Every query for registrations reads these columns.
macro_rules! select_registration {
    ($rest:literal) => {
        concat!(
            "select org_id, registration_id, name, integration, version, description, configuration, sealed, state,
                    unhealthy, created_at, updated_at from registration ",
            $rest
        )
    };
}

/// A registration as it is stored.
pub(super) struct Row {
    registration: Registration,
    configuration: String,
    state: String,
}

impl Row {
    pub(super) fn new(registration: &Registration) -> serde_json::Result<Self> {
        Ok(Self {
            configuration: serde_json::to_string(&registration.configuration)?,
            state: serde_json::to_string(&registration.state)?,
            registration: registration.clone(),
        })
    }
}

/// Stores a registration, unless its name is taken.
pub(super) async fn insert(db: &mut SqliteConnection, row: Row, event: &Audit) -> Outcome<()> {
    let new = row.registration;
    sqlx::query(
        "insert into registration (org_id, registration_id, name, integration, version, description, configuration,
                                   sealed, state, unhealthy, failures, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(&new.id.as_bytes()[..])
    .bind(new.name.as_str())
    .bind(new.integration.as_str())
    .bind(new.version)
    .bind(new.description)
    .bind(row.configuration)
    .bind(new.sealed)
    .bind(row.state)
    .bind(reason(&new.health))
    .bind(new.created_at.micros())
    .bind(new.updated_at.micros())
    .execute(&mut *db)
    .await
    .map_err(taken("registration"))?;
    audit::append(db, new.org, event).await
}

/// Writes a registration again, and what follows from its health; false when it is gone, or was changed since `read`.
pub(super) async fn update(db: &mut SqliteConnection, row: Row, read: Timestamp, event: &Audit) -> Outcome<bool> {
    let new = row.registration;
    let done = sqlx::query(
        "update registration set version = $3, description = $4, configuration = $5, sealed = $6, state = $7,
                                 updated_at = $8
         where org_id = $1 and registration_id = $2 and updated_at = $9",
    )
    .bind(&new.org.as_bytes()[..])
    .bind(&new.id.as_bytes()[..])
    .bind(new.version)
    .bind(new.description)
    .bind(row.configuration)
    .bind(new.sealed)
    .bind(row.state)
    .bind(new.updated_at.micros())
    .bind(read.micros())
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    follow(db, (new.org, new.id), &new.health, new.updated_at).await?;
    audit::append(db, new.org, event).await?;
    Ok(true)
}

/// Notes how a registration is: its pending deliveries are held, or those that were held are due at `now`. That a healthy one
/// is healthy changes nothing for what is under way.
pub(super) async fn set_health(
    db: &mut SqliteConnection,
    org: OrgId,
    id: RegistrationId,
    health: &Health,
    now: Timestamp,
) -> Outcome<()> {
    if *health == Health::Healthy && !is_unhealthy(db, org, id).await? {
        return note_health(db, (org, id), health).await;
    }
    follow(db, (org, id), health, now).await
}

/// Notes how a registration is, and what follows for its deliveries.
async fn follow(
    db: &mut SqliteConnection,
    (org, id): (OrgId, RegistrationId),
    health: &Health,
    now: Timestamp,
) -> Outcome<()> {
    note_health(db, (org, id), health).await?;
    match health {
        Health::Healthy => delivery::release_held(db, org, id, now).await,
        Health::Unhealthy { .. } => delivery::hold(db, org, id).await,
    }
}

async fn is_unhealthy(db: &mut SqliteConnection, org: OrgId, id: RegistrationId) -> Outcome<bool> {
    let select =
        "select unhealthy is not null as unhealthy from registration where org_id = $1 and registration_id = $2";
    let row = sqlx::query(select).bind(&org.as_bytes()[..]).bind(&id.as_bytes()[..]).fetch_optional(db).await?;
    row.map_or(Ok(false), |row| Columns { table: "registration", row: &row }.get("unhealthy"))
}

async fn note_health(db: &mut SqliteConnection, (org, id): (OrgId, RegistrationId), health: &Health) -> Outcome<()> {
    sqlx::query(
        "update registration set unhealthy = $3, failures = case when $3 is null then 0 else failures end
         where org_id = $1 and registration_id = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(&id.as_bytes()[..])
    .bind(reason(health))
    .execute(db)
    .await?;
    Ok(())
}

/// Counts the attempts that failed in a row.
pub(super) async fn note_outcome(
    db: &mut SqliteConnection,
    org: OrgId,
    id: RegistrationId,
    outcome: AttemptOutcome,
) -> Outcome<()> {
    let update = if outcome == AttemptOutcome::Delivered {
        "update registration set failures = 0 where org_id = $1 and registration_id = $2 and failures > 0"
    } else {
        "update registration set failures = failures + 1 where org_id = $1 and registration_id = $2"
    };
    sqlx::query(update).bind(&org.as_bytes()[..]).bind(&id.as_bytes()[..]).execute(db).await?;
    Ok(())
}

/// Removes a registration and its state, unless it is attached.
pub(super) async fn delete(
    db: &mut SqliteConnection,
    org: OrgId,
    name: &RegistrationName,
    event: &Audit,
) -> Outcome<Removal> {
    let row = sqlx::query(
        "select r.registration_id, exists (select 1 from attachment a
                  where a.org_id = r.org_id and a.registration_id = r.registration_id) as used
         from registration r where r.org_id = $1 and r.name = $2",
    )
    .bind(&org.as_bytes()[..])
    .bind(name.as_str())
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(Removal::Absent) };
    let row = Columns { table: "registration", row: &row };
    if row.get("used")? {
        return Ok(Removal::InUse);
    }
    let id = row.id("registration_id", RegistrationId::from_uuid)?;
    for delete in [
        "delete from registration_state where org_id = $1 and registration_id = $2",
        "delete from registration where org_id = $1 and registration_id = $2",
    ] {
        sqlx::query(delete).bind(&org.as_bytes()[..]).bind(&id.as_bytes()[..]).execute(&mut *db).await?;
    }
    audit::append(db, org, event).await?;
    Ok(Removal::Removed)
}

/// The registration of that name.
pub(super) async fn by_name(db: &SqlitePool, org: OrgId, name: &RegistrationName) -> Outcome<Option<Registration>> {
    let row = sqlx::query(select_registration!("where org_id = $1 and name = $2"))
        .bind(&org.as_bytes()[..])
        .bind(name.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The registration with that id.
pub(super) async fn by_id(db: &SqlitePool, org: OrgId, id: RegistrationId) -> Outcome<Option<Registration>> {
    let row = sqlx::query(select_registration!("where org_id = $1 and registration_id = $2"))
        .bind(&org.as_bytes()[..])
        .bind(&id.as_bytes()[..])
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Registrations, by name.
pub(super) async fn list(db: &SqlitePool, org: OrgId, page: &PageRequest) -> Outcome<Page<Registration>> {
    let keyset = Keyset::<RegistrationName>::of(page)?;
    let rows =
        sqlx::query(select_registration!("where org_id = $1 and ($2 is null or name > $2) order by name limit $3"))
            .bind(&org.as_bytes()[..])
            .bind(keyset.after.as_ref().map(AsRef::as_ref))
            .bind(keyset.rows())
            .fetch_all(db)
            .await?;
    keyset.page(rows, read, |registration| registration.name.to_string())
}

fn reason(health: &Health) -> Option<&str> {
    match health {
        Health::Healthy => None,
        Health::Unhealthy { reason } => Some(reason),
    }
}

fn read(row: &SqliteRow) -> Outcome<Registration> {
    let row = Columns { table: "registration", row };
    let unhealthy: Option<String> = row.get("unhealthy")?;
    Ok(Registration {
        id: row.id("registration_id", RegistrationId::from_uuid)?,
        org: row.id("org_id", OrgId::from_uuid)?,
        name: row.text("name")?,
        integration: row.text("integration")?,
        version: row.get("version")?,
        description: row.get("description")?,
        configuration: row.json("configuration")?,
        sealed: row.get("sealed")?,
        state: row.json("state")?,
        health: unhealthy.map_or(Health::Healthy, |reason| Health::Unhealthy { reason }),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
