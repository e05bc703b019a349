use assay_app::{App, deliveries};
use assay_base::DeliveryId;
use assay_wire::DeliveryDescription;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{IdPath, Params, Who};
use crate::problem::Fault;

/// A delivery with its attempts.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/deliveries/{id}",
    responses((status = 200, description = "The delivery.", body = DeliveryDescription))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<DeliveryId>>,
) -> Result<Json<DeliveryDescription>, Fault> {
    let found = deliveries::describe(&app, &caller, path.id).await?;
    Ok(Json(convert::delivery(&found)))
}
