use assay_app::{App, orgs};
use assay_wire::{List, OrgItem, Paging};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, page};
use crate::problem::Fault;

/// The organizations of the server, by name.
#[utoipa::path(
    get,
    path = "/v1/orgs",
    params(Paging),
    responses((status = 200, description = "The organizations.", body = List<OrgItem>))
)]
pub(crate) async fn handle(State(app): State<App>, Query(query): Query<Paging>) -> Result<Json<List<OrgItem>>, Fault> {
    let found = orgs::list(&app, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::org_item)))
}
