use assay_app::App;
use assay_app::registrations::{self, Change};
use assay_base::RegistrationName;
use assay_wire::{RegistrationItem, UpdateRegistration};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Input, NamePath, Params, Who};
use crate::problem::Fault;

/// Changes a registration, after its destination was tried with the new values. What is not named stays; deliveries that
/// were held are sent.
#[utoipa::path(
    patch,
    path = "/v1/orgs/{org}/registrations/{name}",
    request_body = UpdateRegistration,
    responses((status = 200, description = "The registration as it is now.", body = RegistrationItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<NamePath<RegistrationName>>,
    Input(change): Input<UpdateRegistration>,
) -> Result<Json<RegistrationItem>, Fault> {
    let change = Change { description: change.description, options: change.options };
    let changed = registrations::update(&app, &caller, &path.name, change).await?;
    Ok(Json(convert::registration(&changed)))
}
