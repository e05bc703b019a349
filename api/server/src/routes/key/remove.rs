use assay_app::{App, trust};
use assay_base::TokenName;
use assay_wire::TrustKeyItem;
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{NamePath, Params, Who};
use crate::problem::Fault;

/// Ends the trust in a public key. What it signed before stays stored.
#[utoipa::path(
    delete,
    path = "/v1/orgs/{org}/keys/{name}",
    responses((status = 200, description = "The key that was trusted.", body = TrustKeyItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<NamePath<TokenName>>,
) -> Result<Json<TrustKeyItem>, Fault> {
    let key = trust::remove(&app, &caller, &path.name).await?;
    Ok(Json(convert::trust_key(&key)))
}
