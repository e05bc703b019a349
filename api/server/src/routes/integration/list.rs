use assay_app::{App, integrations};
use assay_wire::{IntegrationItem, List};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::Who;
use crate::problem::Fault;

/// The integrations that can be registered, by id: all of them.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/integrations",
    responses((status = 200, description = "The integrations.", body = List<IntegrationItem>))
)]
pub(crate) async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Json<List<IntegrationItem>>, Fault> {
    let found = integrations::list(&app, &caller).await?;
    Ok(Json(List { items: found.iter().map(convert::integration_item).collect(), next: None }))
}
