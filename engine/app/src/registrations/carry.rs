use assay_model::{Caller, Health, Registration};
use assay_ports::{Function, PageRequest};
use serde_json::Value;

use super::{bind, subject, whole};
use crate::integrations::{Integration, Target, answered};
use crate::{App, AppError};

/// How many registrations are read at a time.
const AT_ONCE: u32 = 200;

/// Carries the registrations of an integration over to the version that was installed: the integration moves their state
/// (`lifecycle.migrate`). One whose values do not fit, or whose state cannot be moved, waits for somebody as an unhealthy one
/// of the version that it had.
pub(crate) async fn carry_over(app: &App, caller: &Caller, integration: &Integration) -> Result<(), AppError> {
    let mut page = PageRequest { limit: AT_ONCE, after: None };
    loop {
        let found = app.repositories.registrations(caller.org, &page).await?;
        for registration in found.items {
            let another = registration.version != integration.manifest.version();
            if another && registration.integration == *integration.manifest.id() {
                carry(app, caller, registration, integration).await?;
            }
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn carry(
    app: &App,
    caller: &Caller,
    mut registration: Registration,
    integration: &Integration,
) -> Result<(), AppError> {
    let version = integration.manifest.version();
    match moved(app, caller, &registration, integration).await {
        Ok(state) => {
            registration.state = state;
            version.clone_into(&mut registration.version);
        }
        Err(error) => {
            registration.health = Health::Unhealthy { reason: format!("it does not fit version {version}: {error}") };
        }
    }
    let read = std::mem::replace(&mut registration.updated_at, app.now());
    let audit = app.audit(caller, "registration-migrate", subject(&registration));
    // Whoever changed it meanwhile did so with the new version.
    app.repositories.update_registration(&registration, read, &audit).await?;
    Ok(())
}

async fn moved(
    app: &App,
    caller: &Caller,
    registration: &Registration,
    integration: &Integration,
) -> Result<Value, AppError> {
    let (_, bound) = bind(app, integration, &whole(app, registration, integration)?)?;
    let (from_version, state) = (registration.version.clone(), registration.state.clone());
    let target = Target::of(app, &caller.org_name, integration, registration, bound).while_waiting();
    answered(target.call(app, Function::Migrate { from_version, state }, Value::Null).await?)
}
