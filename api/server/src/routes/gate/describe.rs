use assay_app::App;
use assay_model::DocumentKind;
use assay_wire::DocumentDescription;
use axum::Json;
use axum::extract::State;

use crate::extract::{GatePath, Params, Query, Who};
use crate::problem::Fault;
use crate::routes::document::{self, Revision};

/// A gate as it was written, in its newest revision or another one.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/gates/{gate}",
    params(Revision),
    responses((status = 200, description = "The gate.", body = DocumentDescription))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<GatePath>,
    Query(query): Query<Revision>,
) -> Result<Json<DocumentDescription>, Fault> {
    document::describe(&app, &caller, DocumentKind::Gate, &path.gate, &query).await
}
