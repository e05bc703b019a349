use assay_app::{App, deliveries};
use assay_wire::{DeliveriesDue, Replay};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Sends again what went, or was to go, to a registration.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/deliveries/replay",
    request_body = Replay,
    responses((status = 200, description = "The deliveries that are due.", body = DeliveriesDue))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(wanted): Input<Replay>,
) -> Result<Json<DeliveriesDue>, Fault> {
    let due = deliveries::replay(&app, &caller, &wanted.registration, wanted.since).await?;
    Ok(Json(DeliveriesDue { items: due.iter().map(convert::delivery_item).collect() }))
}
