use std::time::Duration;

use assay_app::App;
use assay_ports::PageRequest;
use assay_wire::ProblemKind;
use axum::extract::State;

use crate::problem::Fault;

/// How long the database may take for a question that costs nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether requests can be served: the database answers.
#[utoipa::path(
    get,
    path = "/readyz",
    responses(
        (status = 200, description = "They can.", body = String),
        (status = 503, description = "They cannot.", body = assay_wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn handle(State(app): State<App>) -> Result<&'static str, Fault> {
    let page = PageRequest { limit: 1, after: None };
    match tokio::time::timeout(PATIENCE, app.repositories.orgs(&page)).await {
        Ok(Ok(_)) => Ok("ok\n"),
        failed => {
            if let Ok(Err(error)) = failed {
                tracing::error!(error = &error as &dyn std::error::Error, "the database does not answer");
            }
            let kind = ProblemKind::Unavailable;
            Err(Fault::new(kind, "database", "the database does not answer"))
        }
    }
}
