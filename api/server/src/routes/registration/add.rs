use assay_app::App;
use assay_app::registrations::{self, NewRegistration};
use assay_wire::RegistrationItem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Registers an integration, after its destination was tried.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/registrations",
    request_body = assay_wire::NewRegistration,
    responses((status = 201, description = "It is registered.", body = RegistrationItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(new): Input<assay_wire::NewRegistration>,
) -> Result<(StatusCode, Json<RegistrationItem>), Fault> {
    let assay_wire::NewRegistration { integration, name, description, options } = new;
    let new = NewRegistration { integration, name, description, options };
    let made = registrations::add(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(convert::registration(&made))))
}
