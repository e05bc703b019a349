use assay_app::{App, registrations};
use assay_wire::{List, Paging, RegistrationItem};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, page};
use crate::problem::Fault;

/// The registrations, by name.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/registrations",
    params(Paging),
    responses((status = 200, description = "The registrations.", body = List<RegistrationItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<Paging>,
) -> Result<Json<List<RegistrationItem>>, Fault> {
    let found = registrations::list(&app, &caller, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::registration)))
}
