use assay_app::{App, registrations};
use assay_base::RegistrationName;
use assay_wire::RegistrationItem;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{NamePath, Params, Who};
use crate::problem::Fault;

/// A registration. Its secrets are not shown.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/registrations/{name}",
    responses((status = 200, description = "The registration.", body = RegistrationItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<NamePath<RegistrationName>>,
) -> Result<Json<RegistrationItem>, Fault> {
    let found = registrations::describe(&app, &caller, &path.name).await?;
    Ok(Json(convert::registration(&found)))
}
