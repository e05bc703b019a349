use assay_app::{App, deliveries};
use assay_model::DeliveryState;
use assay_ports::DeliveryFilter;
use assay_wire::{DeliveryItem, DeliveryQuery, List};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, choice, page};
use crate::problem::Fault;

/// The deliveries, newest first.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/deliveries",
    params(DeliveryQuery),
    responses((status = 200, description = "The deliveries.", body = List<DeliveryItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<List<DeliveryItem>>, Fault> {
    let filter = DeliveryFilter {
        registration: query.registration,
        run: query.run,
        state: query.state.map(|text| choice("state", &text, &DeliveryState::ALL, |s| s.as_str())).transpose()?,
        ..DeliveryFilter::default()
    };
    let found = deliveries::list(&app, &caller, filter, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::delivery_item)))
}
