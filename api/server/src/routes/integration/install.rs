use assay_app::App;
use assay_app::integrations::{self, InstallRequest, Unsigned};
use assay_wire::{COMPONENT_BUNDLE_HEADER, COMPONENT_MEDIA_TYPE, InstallQuery, IntegrationItem, ProblemKind};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};

use crate::convert;
use crate::extract::{self, Query, Who, is_one_of};
use crate::problem::Fault;

/// Most bytes of a component.
const LIMIT: (&str, usize) = ("component-size", 32 << 20);

/// Installs a component, in the place of another one of its id.
///
/// The body is the component. Its signature by a trusted key, a Sigstore bundle with a `messageSignature`, is in the header
/// `x-assay-bundle` as base64; without one `allow_unsigned` must be said.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/integrations",
    params(InstallQuery, ("x-assay-bundle" = Option<String>, Header, description = "The signature, in base64.")),
    request_body(description = "A WebAssembly component.", content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 201, description = "It is installed.", body = IntegrationItem))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<InstallQuery>,
    request: Request,
) -> Result<(StatusCode, Json<IntegrationItem>), Fault> {
    is_one_of(request.headers(), COMPONENT_MEDIA_TYPE, |found| found == COMPONENT_MEDIA_TYPE)?;
    let signature = signature(request.headers())?;
    let component = extract::read(request.into_body(), LIMIT).await?;
    let unsigned = if query.allow_unsigned { Unsigned::Allow } else { Unsigned::Refuse };
    let installed = integrations::install(&app, &caller, InstallRequest { component, signature, unsigned }).await?;
    Ok((StatusCode::CREATED, Json(convert::integration_item(&installed))))
}

fn signature(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Fault> {
    let Some(value) = headers.get(COMPONENT_BUNDLE_HEADER) else { return Ok(None) };
    let text = value.to_str().map_err(|error| {
        let detail = format!("the header `{COMPONENT_BUNDLE_HEADER}` is not text: {error}");
        Fault::new(ProblemKind::InvalidRequest, "base64", detail)
    })?;
    extract::bytes(text, "").map(Some)
}
