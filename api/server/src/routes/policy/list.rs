use assay_app::App;
use assay_model::DocumentKind;
use assay_wire::{DocumentItem, List, Paging};
use axum::Json;
use axum::extract::State;

use crate::extract::{Query, Who};
use crate::problem::Fault;
use crate::routes::document;

/// The policies, by name, each in its newest revision.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/policies",
    params(Paging),
    responses((status = 200, description = "The policies.", body = List<DocumentItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<Paging>,
) -> Result<Json<List<DocumentItem>>, Fault> {
    document::list(&app, &caller, DocumentKind::Policy, query).await
}
