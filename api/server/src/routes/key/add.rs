use assay_app::{App, trust};
use assay_wire::{NewTrustKey, TrustKeyItem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Trusts a public key.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/keys",
    request_body = NewTrustKey,
    responses((status = 201, description = "It is trusted.", body = TrustKeyItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(new): Input<NewTrustKey>,
) -> Result<(StatusCode, Json<TrustKeyItem>), Fault> {
    let key = trust::add(&app, &caller, new.name, &new.public_key).await?;
    Ok((StatusCode::CREATED, Json(convert::trust_key(&key))))
}
