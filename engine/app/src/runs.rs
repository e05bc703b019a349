//! Runs: opening one (the contract and its policies are pinned), reading back, giving up.

mod open;

use assay_attest::RunIdentity;
use assay_base::{Digest, ProjectName, RunId, WorkflowName};
use assay_model::{Caller, Material, Run, RunItem, RunState, RunVerdict, SignerRecord, Subject, TransitionError};
use assay_ports::{Page, PageRequest, RunFilter};

use crate::{App, AppError};

pub(crate) use open::parse as parse_contract;
pub use open::{EMPTY_CONTRACT, OpenRequest, Opened, open};

/// A run and everything that was pushed to it.
#[derive(Debug, Clone)]
pub struct RunDetails {
    /// The run.
    pub run: Run,
    /// Its materials.
    pub materials: Vec<Material>,
    /// Its subjects.
    pub subjects: Vec<Subject>,
    /// Its verdict.
    pub verdict: Option<RunVerdict>,
    /// Who signed it.
    pub signer: Option<SignerRecord>,
}

/// The run with that id, if the caller sees it.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn find(app: &App, caller: &Caller, id: RunId) -> Result<Run, AppError> {
    let run = app.repositories.run(caller.org, id).await?;
    run.filter(|run| caller.sees(&run.project)).ok_or(AppError::NotFound { what: "run" })
}

/// A run, whole.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn describe(app: &App, caller: &Caller, id: RunId) -> Result<RunDetails, AppError> {
    let run = find(app, caller, id).await?;
    let repositories = &app.repositories;
    Ok(RunDetails {
        materials: repositories.materials(caller.org, id).await?,
        subjects: repositories.subjects(caller.org, id).await?,
        verdict: repositories.verdict(caller.org, id).await?,
        signer: repositories.bundle(caller.org, id).await?.map(|(_, signer)| signer),
        run,
    })
}

/// Runs that the caller sees, newest first; with `digest` the one with that bundle.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(
    app: &App,
    caller: &Caller,
    mut filter: RunFilter,
    digest: Option<Digest>,
    page: &PageRequest,
) -> Result<Page<RunItem>, AppError> {
    let now = app.now();
    if let Some(digest) = digest {
        let run = app.repositories.run_by_digest(caller.org, digest).await?.filter(|run| caller.sees(&run.project));
        return Ok(Page { items: run.iter().map(|run| run.item(now)).collect(), next: None });
    }
    if filter.project.as_ref().is_some_and(|asked| !caller.sees(asked)) {
        return Ok(Page { items: vec![], next: None });
    }
    filter.project = caller.project.clone().or(filter.project);
    let runs = app.repositories.runs(caller.org, &filter, now, page).await?;
    Ok(Page { items: runs.items.iter().map(|run| run.item(now)).collect(), next: runs.next })
}

/// The bundle of a run exactly as it was received.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such run, or nothing was pushed to it.
pub async fn bundle(app: &App, caller: &Caller, id: RunId) -> Result<Vec<u8>, AppError> {
    find(app, caller, id).await?;
    let bundle = app.repositories.bundle(caller.org, id).await?;
    bundle.map(|(bytes, _)| bytes).ok_or(AppError::NotFound { what: "attestation" })
}

/// Gives an open run up; `state` is [`RunState::Cancelled`] or [`RunState::Failed`].
///
/// # Errors
/// [`AppError::RunOver`] when it is over already in another way.
pub async fn finish(
    app: &App,
    caller: &Caller,
    id: RunId,
    state: RunState,
    reason: Option<&str>,
) -> Result<RunState, AppError> {
    let run = find(app, caller, id).await?;
    open::check_text("reason", reason, 1_000)?;
    let now = app.now();
    run.state_at(now).step(state).map_err(|TransitionError(over)| AppError::RunOver(over))?;
    let audit = app.audit(caller, "run-finish", format!("{id} {state}"));
    let reached = app.repositories.finish_run(caller.org, id, state, reason, &audit).await?;
    match reached.ok_or(AppError::NotFound { what: "run" })? {
        reached if reached == state => Ok(reached),
        other => Err(AppError::RunOver(other)),
    }
}

/// The URI that names a run in certificates.
pub(crate) fn identity(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    workflow: &WorkflowName,
    run: RunId,
) -> RunIdentity {
    RunIdentity {
        server: app.settings.public_url.clone(),
        org: caller.org_name.clone(),
        project: project.clone(),
        workflow: workflow.clone(),
        run,
    }
}
