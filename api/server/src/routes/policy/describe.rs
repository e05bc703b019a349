use assay_app::App;
use assay_model::DocumentKind;
use assay_wire::DocumentDescription;
use axum::Json;
use axum::extract::State;

use crate::extract::{NamePath, Params, Query, Who};
use crate::problem::Fault;
use crate::routes::document::{self, Revision};

/// A policy as it was written, in its newest revision or another one.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/policies/{name}",
    params(Revision),
    responses((status = 200, description = "The policy.", body = DocumentDescription))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<NamePath>,
    Query(query): Query<Revision>,
) -> Result<Json<DocumentDescription>, Fault> {
    document::describe(&app, &caller, DocumentKind::Policy, &path.name, &query).await
}
