use assay_app::{App, signing};
use assay_wire::{CertificateAnswer, CertificateRequest};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::extract::{Input, Params, RunPath, Who, bytes};
use crate::problem::Fault;

/// Issues the code-signing certificate of an open run, for ten minutes.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/runs/{run_id}/certificate",
    request_body = CertificateRequest,
    responses((status = 200, description = "The certificate.", body = CertificateAnswer))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Params(path): Params<RunPath>,
    Input(request): Input<CertificateRequest>,
) -> Result<Json<CertificateAnswer>, Fault> {
    let public_key = bytes(&request.public_key, "/public_key")?;
    let proof = bytes(&request.proof, "/proof")?;
    let certificate = signing::certify(&app, &caller, path.run_id, public_key, proof).await?;
    Ok(Json(CertificateAnswer { certificate: BASE64_STANDARD.encode(certificate) }))
}
