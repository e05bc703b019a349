//! Registrations: an integration with its configuration. A destination is tried before its registration is kept; secrets
//! are sealed, and opened for one call.

mod carry;
mod kept;
mod secrets;

use std::fmt;
use std::sync::Arc;

use assay_base::{Diagnostic, IntegrationId, Place, RegistrationId, RegistrationName};
use assay_integration::Bound;
use assay_model::{Caller, Health, Registration};
use assay_ports::{CallFailure, EgressError, Function, Page, PageRequest, Removal, RepositoryError};
use serde_json::{Map, Value, json};

use crate::integrations::{self, Integration, Staged, Target, answered};
use crate::{App, AppError};

pub(crate) use carry::carry_over;
pub(crate) use secrets::whole;

/// Longest description, in characters.
const DESCRIPTION: usize = 1_000;

/// A registration to make.
#[derive(Clone)]
pub struct NewRegistration {
    /// The integration.
    pub integration: IntegrationId,
    /// Its name.
    pub name: RegistrationName,
    /// What it is for.
    pub description: Option<String>,
    /// The values of the form, secrets included.
    pub options: Map<String, Value>,
}

/// A change of a registration.
#[derive(Clone)]
pub struct Change {
    /// What it is for; as it was when absent.
    pub description: Option<String>,
    /// New values; null takes one away, what is not named stays.
    pub options: Map<String, Value>,
}

impl fmt::Debug for NewRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRegistration")
            .field("integration", &self.integration)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("description", &self.description).finish_non_exhaustive()
    }
}

/// What trying a destination came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Whether it takes what it is sent.
    pub ok: bool,
    /// What was said.
    pub message: String,
}

/// Registers an integration, after its destination was tried.
///
/// # Errors
/// [`AppError::UnknownIntegration`], [`AppError::Input`] for wrong values, [`AppError::EgressRefused`],
/// [`AppError::Integration`] when the destination does not answer as it must, [`AppError::Repository`] for a taken name.
pub async fn add(app: &App, caller: &Caller, new: NewRegistration) -> Result<Registration, AppError> {
    check_description(new.description.as_deref())?;
    let integration = integrations::find(app, caller.org, &new.integration).await?;
    let (input, bound) = bind(app, &integration, &Value::Object(new.options))?;
    // A second one of a name must not reach the destination.
    if app.repositories.registration(caller.org, &new.name).await?.is_some() {
        return Err(RepositoryError::Taken { what: "registration" }.into());
    }
    let id = RegistrationId::from_uuid(app.id());
    let staged = Arc::new(Staged::default());
    let target = Target {
        org: caller.org,
        org_name: &caller.org_name,
        integration: &integration,
        id,
        name: &new.name,
        bound,
        state: Arc::<Staged>::clone(&staged),
    };
    let state = answered(target.while_waiting().call(app, Function::Register, Value::Null).await?)?;
    let (configuration, sealed) = secrets::seal(app, caller.org, id, &integration, &input)?;
    let now = app.now();
    let registration = Registration {
        id,
        org: caller.org,
        name: new.name,
        integration: new.integration,
        version: integration.manifest.version().to_owned(),
        description: new.description,
        configuration,
        sealed,
        state,
        health: Health::Healthy,
        created_at: now,
        updated_at: now,
    };
    let audit = app.audit(caller, "registration-add", subject(&registration));
    app.repositories.register(&registration, &staged.values(), &audit).await?;
    Ok(registration)
}

/// Changes a registration, after its destination was tried with the new values. Deliveries that were held are sent. A secret
/// that is kept goes nowhere else than it went so far: who does not know it could have it sent to themselves. A try that
/// failed is in the audit log as well.
///
/// # Errors
/// As [`add`]; [`AppError::NotFound`], [`AppError::Changed`] when somebody else changed it meanwhile.
pub async fn update(
    app: &App,
    caller: &Caller,
    name: &RegistrationName,
    change: Change,
) -> Result<Registration, AppError> {
    check_description(change.description.as_deref())?;
    let registration = describe(app, caller, name).await?;
    let audit = app.audit(caller, "registration-update-failed", subject(&registration));
    let changed = change_to(app, caller, registration, change).await;
    match &changed {
        Ok(_) => app.deliveries_due.notify_one(),
        Err(_) => app.repositories.note(caller.org, &audit).await?,
    }
    changed
}

async fn change_to(
    app: &App,
    caller: &Caller,
    mut registration: Registration,
    change: Change,
) -> Result<Registration, AppError> {
    let integration = integrations::find(app, caller.org, &registration.integration).await?;
    let before = whole(app, &registration, &integration)?;
    let (input, bound) = bind(app, &integration, &merged(before.clone(), &change.options))?;
    kept::stay_where_they_are(integration.manifest.bind(&before).ok().as_ref(), &bound, &change.options)?;
    let target = Target::of(app, &caller.org_name, &integration, &registration, bound).while_waiting();
    let state = answered(target.call(app, Function::Register, Value::Null).await?)?;
    let (configuration, sealed) = secrets::seal(app, caller.org, registration.id, &integration, &input)?;
    registration.version = integration.manifest.version().to_owned();
    registration.description = change.description.or(registration.description);
    registration.configuration = configuration;
    registration.sealed = sealed;
    registration.state = state;
    registration.health = Health::Healthy;
    let read = std::mem::replace(&mut registration.updated_at, app.now());
    let audit = app.audit(caller, "registration-update", subject(&registration));
    if app.repositories.update_registration(&registration, read, &audit).await? {
        return Ok(registration);
    }
    let there = app.repositories.registration_by_id(caller.org, registration.id).await?;
    Err(there.map_or_else(absent, |_| AppError::Changed { what: "registration" }))
}

/// Tries the destination of a registration. When it answers as it must, the registration is healthy and the deliveries that
/// were held are sent; when it refuses the credential, the registration is unhealthy.
///
/// # Errors
/// [`AppError::NotFound`]; that the destination does not answer is no error.
pub async fn test(app: &App, caller: &Caller, name: &RegistrationName) -> Result<Tested, AppError> {
    let registration = describe(app, caller, name).await?;
    let integration = integrations::find(app, caller.org, &registration.integration).await?;
    let (tested, health) = match check(app, caller, &registration, &integration).await {
        Ok(()) => {
            let message = "the destination answers as it must".to_owned();
            (Tested { ok: true, message }, Some(Health::Healthy))
        }
        Err(AppError::Integration(failure @ CallFailure::Unauthorized { .. })) => {
            let reason = failure.to_string();
            (Tested { ok: false, message: reason.clone() }, Some(Health::Unhealthy { reason }))
        }
        Err(AppError::Integration(failure)) => (Tested { ok: false, message: failure.to_string() }, None),
        Err(error @ (AppError::Input(_) | AppError::EgressRefused { .. })) => {
            (Tested { ok: false, message: error.to_string() }, None)
        }
        Err(error) => return Err(error),
    };
    if let Some(health) = health {
        app.repositories.set_health(caller.org, registration.id, &health, app.now()).await?;
        app.deliveries_due.notify_one();
    }
    Ok(tested)
}

/// Registrations, by name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(app: &App, caller: &Caller, page: &PageRequest) -> Result<Page<Registration>, AppError> {
    Ok(app.repositories.registrations(caller.org, page).await?)
}

/// A registration.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn describe(app: &App, caller: &Caller, name: &RegistrationName) -> Result<Registration, AppError> {
    app.repositories.registration(caller.org, name).await?.ok_or_else(absent)
}

/// Removes a registration. The integration is told, so that it can take back what it left at the destination; whether it
/// could is not waited for with the answer's success.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::InUse`] while it has attachments.
pub async fn delete(app: &App, caller: &Caller, name: &RegistrationName) -> Result<Registration, AppError> {
    let registration = describe(app, caller, name).await?;
    let audit = app.audit(caller, "registration-delete", subject(&registration));
    let state = app.repositories.state(caller.org, registration.id).await?;
    match app.repositories.deregister(caller.org, name, &audit).await? {
        Removal::Absent => return Err(absent()),
        Removal::InUse => return Err(AppError::InUse { what: "registration", by: "attachments" }),
        Removal::Removed => {}
    }
    if let Err(error) = take_back(app, caller, &registration, state).await {
        tracing::warn!(registration = %name, error = &error as &dyn std::error::Error, "an integration was not told that it is not registered any more");
    }
    Ok(registration)
}

/// What a call is told of a registration.
pub(crate) fn document(bound: &Bound, state: &Value) -> Value {
    json!({"configuration": bound.input, "state": state})
}

/// The values with defaults, and what they bind; every endpoint is one that may be reached, as far as that can be known
/// before anybody is asked.
fn bind(app: &App, integration: &Integration, input: &Value) -> Result<(Value, Bound), AppError> {
    let input = integration.manifest.registration(input).map_err(AppError::Input)?;
    let bound = integration.manifest.bind(&input).map_err(AppError::Input)?;
    for endpoint in bound.endpoints.values() {
        app.egress.check(endpoint.url.expose()).map_err(refused)?;
    }
    Ok((input, bound))
}

fn refused(error: EgressError) -> AppError {
    let reason = match error {
        EgressError::Denied { reason } => reason,
        other => other.to_string(),
    };
    AppError::EgressRefused { reason }
}

fn merged(mut input: Value, options: &Map<String, Value>) -> Value {
    if let Some(fields) = input.as_object_mut() {
        for (name, value) in options {
            match value {
                Value::Null => fields.remove(name),
                value => fields.insert(name.clone(), value.clone()),
            };
        }
    }
    input
}

async fn check(
    app: &App,
    caller: &Caller,
    registration: &Registration,
    integration: &Integration,
) -> Result<(), AppError> {
    let (_, bound) = bind(app, integration, &whole(app, registration, integration)?)?;
    let function = Function::Check { registration: document(&bound, &registration.state) };
    let target = Target::of(app, &caller.org_name, integration, registration, bound).while_waiting();
    answered(target.call(app, function, Value::Null).await?).map(drop)
}

async fn take_back(
    app: &App,
    caller: &Caller,
    registration: &Registration,
    state: Vec<(String, String)>,
) -> Result<(), AppError> {
    let integration = integrations::find(app, caller.org, &registration.integration).await?;
    let (_, bound) = bind(app, &integration, &whole(app, registration, &integration)?)?;
    let function = Function::Deregister { registration: document(&bound, &registration.state) };
    let target = Target {
        state: Arc::new(Staged::of(state)),
        ..Target::of(app, &caller.org_name, &integration, registration, bound)
    };
    answered(target.while_waiting().call(app, function, Value::Null).await?).map(drop)
}

fn check_description(text: Option<&str>) -> Result<(), AppError> {
    if text.is_some_and(|text| text.chars().count() > DESCRIPTION) {
        let message = format!("a description has at most {DESCRIPTION} characters");
        return Err(AppError::Invalid(Diagnostic::new("description", message).at(Place::pointer("/description"))));
    }
    Ok(())
}

fn subject(registration: &Registration) -> String {
    format!("{} ({} {})", registration.name, registration.integration, registration.version)
}

const fn absent() -> AppError {
    AppError::NotFound { what: "registration" }
}
