use assay_app::{App, tokens};
use assay_base::TokenName;
use axum::extract::State;
use axum::http::StatusCode;

use crate::extract::{NamePath, Params, Who};
use crate::problem::Fault;

/// Revokes a token, at once.
#[utoipa::path(
    delete,
    path = "/v1/orgs/{org}/tokens/{name}",
    responses((status = 204, description = "It is none any more."))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<NamePath<TokenName>>,
) -> Result<StatusCode, Fault> {
    tokens::revoke(&app, &caller, &path.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
