use assay_app::{App, documents};
use assay_wire::{ApplyAnswer, ApplyRequest};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Most bytes of a request: several documents of the largest size.
const LIMIT: usize = 8 << 20;

/// Applies contracts, policies and gates, all or none.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/documents",
    request_body = ApplyRequest,
    responses((status = 200, description = "What became of each.", body = ApplyAnswer))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(request): Input<ApplyRequest, LIMIT>,
) -> Result<Json<ApplyAnswer>, Fault> {
    let source = |s: assay_wire::ApplySource| documents::Source { label: s.label, text: s.text, name: s.name };
    let request = documents::ApplyRequest {
        sources: request.sources.into_iter().map(source).collect(),
        files: request.files.into_iter().map(|file| (file.reference, file.text)).collect(),
        dry_run: request.dry_run,
    };
    let applied = documents::apply(&app, &caller, request).await?;
    Ok(Json(ApplyAnswer { items: applied.iter().map(convert::applied).collect() }))
}
