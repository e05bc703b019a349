use assay_app::{App, integrations};
use assay_base::IntegrationId;
use assay_wire::IntegrationItem;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{IdPath, Params, Who};
use crate::problem::Fault;

/// Removes an integration that was installed and that no registration uses.
#[utoipa::path(
    delete,
    path = "/v1/orgs/{org}/integrations/{id}",
    responses((status = 200, description = "The integration that was removed.", body = IntegrationItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<IntegrationId>>,
) -> Result<Json<IntegrationItem>, Fault> {
    let removed = integrations::remove(&app, &caller, &path.id).await?;
    Ok(Json(convert::integration_item(&removed)))
}
