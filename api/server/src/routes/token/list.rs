use assay_app::{App, tokens};
use assay_wire::{List, Paging, TokenItem};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, page};
use crate::problem::Fault;

/// The tokens that are not revoked, by name.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/tokens",
    params(Paging),
    responses((status = 200, description = "The tokens.", body = List<TokenItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<Paging>,
) -> Result<Json<List<TokenItem>>, Fault> {
    let found = tokens::list(&app, &caller, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::token_item)))
}
