use assay_app::{App, registrations};
use assay_base::RegistrationName;
use assay_wire::RegistrationTest;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{NamePath, Params, Who};
use crate::problem::Fault;

/// Tries the destination of a registration. When it answers as it must, deliveries that were held are sent.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/registrations/{name}/test",
    responses((status = 200, description = "What came of it.", body = RegistrationTest))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<NamePath<RegistrationName>>,
) -> Result<Json<RegistrationTest>, Fault> {
    let tested = registrations::test(&app, &caller, &path.name).await?;
    Ok(Json(convert::tested(&tested)))
}
