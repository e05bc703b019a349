use assay_app::{App, integrations};
use assay_wire::{IntegrationItem, List, Paging};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, page};
use crate::problem::Fault;

/// The integrations that can be registered, by id.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/integrations",
    params(Paging),
    responses((status = 200, description = "The integrations.", body = List<IntegrationItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<Paging>,
) -> Result<Json<List<IntegrationItem>>, Fault> {
    let found = integrations::list(&app, &caller, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::integration_item)))
}
