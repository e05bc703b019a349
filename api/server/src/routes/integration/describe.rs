use assay_app::{App, integrations};
use assay_base::IntegrationId;
use assay_wire::IntegrationDescription;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{IdPath, Params, Who};
use crate::problem::Fault;

/// An integration: its forms, what it is sent, where it may go.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/integrations/{id}",
    responses((status = 200, description = "The integration.", body = IntegrationDescription))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<IntegrationId>>,
) -> Result<Json<IntegrationDescription>, Fault> {
    let found = integrations::describe(&app, &caller, &path.id).await?;
    Ok(Json(convert::integration(&found)))
}
