//! Keyless signing: the certificate of an open run, and timestamps.

use assay_base::{Digest, RunId};
use assay_model::{Caller, RunState};
use assay_ports::{AuthorityKind, AuthorityRecord, CertificateRequest};

use crate::{App, AppError, runs};

/// Issues the certificate of an open run for a public key (DER); `proof` is the signature of the run's identity with it.
/// The answer is DER.
///
/// # Errors
/// [`AppError::RunOver`] when the run is not open, [`AppError::Authority`] when the proof does not hold.
pub async fn certify(
    app: &App,
    caller: &Caller,
    run: RunId,
    public_key: Vec<u8>,
    proof: Vec<u8>,
) -> Result<Vec<u8>, AppError> {
    let run = runs::find(app, caller, run).await?;
    let now = app.now();
    match run.state_at(now) {
        RunState::Open => {}
        over => return Err(AppError::RunOver(over)),
    }
    let identity = runs::identity(app, caller, &run.project, &run.workflow, run.id).to_string();
    let request = CertificateRequest { public_key, proof, identity, issuer: app.settings.public_url.clone() };
    let ca = current(app, caller, AuthorityKind::Certificate).await?;
    Ok(app.authority.certify(&ca, &request, now)?)
}

/// Stamps a digest with the present time. The answer is an RFC 3161 response in DER.
///
/// # Errors
/// [`AppError::Authority`] when the authority's key cannot be opened.
pub async fn timestamp(app: &App, caller: &Caller, digest: Digest) -> Result<Vec<u8>, AppError> {
    let tsa = current(app, caller, AuthorityKind::Timestamp).await?;
    Ok(app.authority.timestamp(&tsa, digest, app.now())?)
}

async fn current(app: &App, caller: &Caller, kind: AuthorityKind) -> Result<AuthorityRecord, AppError> {
    let all = app.repositories.authorities(caller.org).await?;
    let newest = all.into_iter().rev().find(|record| record.kind == kind && record.valid_to.is_none());
    newest.ok_or(AppError::NotFound { what: "authority" })
}
