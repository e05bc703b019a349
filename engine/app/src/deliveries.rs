//! Deliveries: each pushed attestation on its way to each attachment of its workflow. Rows are written with the push and
//! become due with the verdict; whoever calls [`claim`] sends them.

mod context;
mod dispatch;
mod evidence;

use assay_base::{DeliveryId, RegistrationName, Timestamp};
use assay_model::{Attempt, Caller, Delivery};
use assay_ports::{DeliveryFilter, Page, PageRequest};

use crate::{App, AppError, registrations, runs};

pub use dispatch::{IN_FLIGHT, attempt, claim, give_back, next_due};

/// A delivery and its attempts.
#[derive(Debug, Clone)]
pub struct DeliveryDetails {
    /// The delivery.
    pub delivery: Delivery,
    /// Its attempts, the oldest first.
    pub history: Vec<Attempt>,
}

/// The deliveries that the caller sees, newest first.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(
    app: &App,
    caller: &Caller,
    mut filter: DeliveryFilter,
    page: &PageRequest,
) -> Result<Page<Delivery>, AppError> {
    filter.project = caller.project.clone().or(filter.project);
    Ok(app.repositories.deliveries(caller.org, &filter, page).await?)
}

/// A delivery with its attempts, if the caller sees it.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn describe(app: &App, caller: &Caller, id: DeliveryId) -> Result<DeliveryDetails, AppError> {
    let delivery = find(app, caller, id).await?;
    let history = app.repositories.attempts(caller.org, id).await?;
    Ok(DeliveryDetails { delivery, history })
}

/// Sends a delivery again, whatever became of it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Detached`] when its attachment is gone.
pub async fn redeliver(app: &App, caller: &Caller, id: DeliveryId) -> Result<Delivery, AppError> {
    let delivery = find(app, caller, id).await?;
    let audit = app.audit(caller, "delivery-redeliver", format!("{id} to {}", delivery.registration));
    let due = app.repositories.redeliver(caller.org, id, app.now(), &audit).await?.ok_or(AppError::Detached)?;
    app.deliveries_due.notify_one();
    Ok(due)
}

/// Sends again what went, or was to go, to a registration, since an instant if one is given.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such registration.
pub async fn replay(
    app: &App,
    caller: &Caller,
    registration: &RegistrationName,
    since: Option<Timestamp>,
) -> Result<Vec<Delivery>, AppError> {
    registrations::describe(app, caller, registration).await?;
    let filter = DeliveryFilter {
        registration: Some(registration.clone()),
        project: caller.project.clone(),
        since,
        ..DeliveryFilter::default()
    };
    let subject = match since {
        Some(since) => format!("{registration} since {since}"),
        None => registration.to_string(),
    };
    let audit = app.audit(caller, "delivery-replay", subject);
    let due = app.repositories.replay(caller.org, &filter, app.now(), &audit).await?;
    app.deliveries_due.notify_one();
    Ok(due)
}

async fn find(app: &App, caller: &Caller, id: DeliveryId) -> Result<Delivery, AppError> {
    let absent = || AppError::NotFound { what: "delivery" };
    let delivery = app.repositories.delivery(caller.org, id).await?.ok_or_else(absent)?;
    // It is of the project of its run; the attachment may be gone.
    runs::find(app, caller, delivery.run).await.map_err(|error| match error {
        AppError::NotFound { .. } => absent(),
        other => other,
    })?;
    Ok(delivery)
}
