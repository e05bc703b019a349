use assay_app::{App, orgs};
use assay_wire::{NewOrg, OrgCreated};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Makes an organization. The answer holds its owner's token, this once.
#[utoipa::path(
    post,
    path = "/v1/orgs",
    request_body = NewOrg,
    responses((status = 201, description = "It is made.", body = OrgCreated))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(new): Input<NewOrg>,
) -> Result<(StatusCode, Json<OrgCreated>), Fault> {
    let token = orgs::create(&app, &caller, new.name.clone()).await?;
    Ok((StatusCode::CREATED, Json(OrgCreated { name: new.name, token: token.expose().to_owned() })))
}
