use assay_app::{App, trust};
use assay_wire::{List, TrustKeyItem};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::Who;
use crate::problem::Fault;

/// The public keys that the organization trusts, by name: all of them.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/keys",
    responses((status = 200, description = "The keys.", body = List<TrustKeyItem>))
)]
pub(crate) async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Json<List<TrustKeyItem>>, Fault> {
    let keys = trust::list(&app, &caller).await?;
    Ok(Json(List { items: keys.iter().map(convert::trust_key).collect(), next: None }))
}
