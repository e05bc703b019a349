use assay_app::{App, deliveries};
use assay_base::DeliveryId;
use assay_wire::DeliveriesDue;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{IdPath, Params, Who};
use crate::problem::Fault;

/// Sends a delivery again, whatever became of it.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/deliveries/{id}/redeliver",
    responses((status = 200, description = "The delivery, which is due.", body = DeliveriesDue))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<IdPath<DeliveryId>>,
) -> Result<Json<DeliveriesDue>, Fault> {
    let due = deliveries::redeliver(&app, &caller, path.id).await?;
    Ok(Json(DeliveriesDue { items: vec![convert::delivery_item(&due)] }))
}
