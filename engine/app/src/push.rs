//! The road of an attestation: read strictly, verify, bind to its run, check completeness and evidence, store in one
//! transaction, judge, answer.

mod descriptor;
mod evaluate;
mod evidence;

use std::collections::BTreeSet;
use std::sync::Arc;

use assay_attest::{Bundle, SignerInfo, Statement, Verified, verify};
use assay_base::{Digest, JobId, RunId, Timestamp};
use assay_contract::Contract;
use assay_model::{Caller, Material, Push, Run, RunState, RunVerdict, SignerRecord, Subject};
use assay_ports::{Accepted, Job};

use crate::bind::{self, BoundMaterial};
use crate::{App, AppError, runs, trust};

pub(crate) use evaluate::{LEASE, evaluate};
use evidence::Examined;
use tokio::sync::oneshot;

/// What a push came to.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The run.
    pub run: RunId,
    /// The digest of the bundle.
    pub digest: Digest,
    /// Whether it is new.
    pub news: News,
    /// The verdict; absent while it is being judged.
    pub verdict: Option<RunVerdict>,
}

/// Whether a push brought something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It was stored.
    Stored,
    /// The same was stored before.
    Known,
}

/// Takes an attestation for a run. Nothing is stored unless everything holds; what is stored is judged, whatever the
/// judgement.
///
/// # Errors
/// [`AppError::Unverified`], [`AppError::Unbound`], [`AppError::Incomplete`], [`AppError::Material`] for an attestation that
/// is refused, [`AppError::OtherContent`] and [`AppError::RunOver`] for a run that takes none.
pub async fn push(app: &App, caller: &Caller, id: RunId, bytes: Arc<[u8]>) -> Result<Pushed, AppError> {
    let run = runs::find(app, caller, id).await?;
    if let Some(known) = known(app, caller, &run, Digest::of(&bytes)).await? {
        return Ok(known);
    }
    let rules = trust::rules(app, caller).await?;
    // A large bundle is work for a processor, and others are served meanwhile.
    let task = tokio::task::spawn_blocking(move || verify(&Bundle::parse(bytes)?, &rules));
    let verified = task.await.map_err(|e| AppError::Interrupted(Box::new(e)))??;
    let contract = pinned_contract(app, &run).await?;
    let (materials, subjects) = bound(&run, caller, &contract, &verified)?;
    let examined = evidence::check(app, caller, &materials).await?;
    let push = record(&run, &verified, &materials, examined, subjects, app.now());
    let digest = push.digest;
    match settle(app, caller, push).await? {
        Settled::Stored(verdict) => Ok(Pushed { run: id, digest, news: News::Stored, verdict }),
        Settled::Known => same(app, caller, &run, digest).await,
    }
}

/// The answer for a run that is not open any more; nothing when it is.
async fn known(app: &App, caller: &Caller, run: &Run, digest: Digest) -> Result<Option<Pushed>, AppError> {
    match run.state_at(app.now()) {
        RunState::Open => Ok(None),
        RunState::Pushed if run.digest == Some(digest) => same(app, caller, run, digest).await.map(Some),
        RunState::Pushed => Err(AppError::OtherContent),
        over => Err(AppError::RunOver(over)),
    }
}

async fn same(app: &App, caller: &Caller, run: &Run, digest: Digest) -> Result<Pushed, AppError> {
    let verdict = app.repositories.verdict(caller.org, run.id).await?;
    Ok(Pushed { run: run.id, digest, news: News::Known, verdict })
}

/// The contract revision that a run is pinned to.
pub(crate) async fn pinned_contract(app: &App, run: &Run) -> Result<Contract, AppError> {
    let pinned = &run.contract;
    if pinned.revision == 0 {
        return runs::parse_contract(runs::EMPTY_CONTRACT);
    }
    let kind = assay_model::DocumentKind::Contract;
    let stored = app.repositories.document(run.org, kind, &pinned.name, Some(pinned.revision)).await?;
    runs::parse_contract(&stored.ok_or(AppError::NotFound { what: "contract" })?.source)
}

fn bound(
    run: &Run,
    caller: &Caller,
    contract: &Contract,
    verified: &Verified<Statement>,
) -> Result<(Vec<BoundMaterial>, Vec<Subject>), AppError> {
    let statement = verified.get();
    bind::identity(run, &caller.org_name, statement, verified.signer())?;
    let materials = bind::materials(contract, statement)?;
    let names: BTreeSet<_> = materials.iter().map(|m| m.name.clone()).collect();
    let missing = bind::missing(contract, &names, &statement.predicate.annotations, &statement.predicate.runner_type);
    if !missing.is_empty() {
        return Err(AppError::Incomplete(missing));
    }
    bind::annotations(contract, statement)?;
    bind::material_annotations(contract, &materials)?;
    let subjects = bind::subjects(run, statement, &materials)?;
    Ok((materials, subjects))
}

fn record(
    run: &Run,
    verified: &Verified<Statement>,
    materials: &[BoundMaterial],
    examined: Vec<Examined>,
    subjects: Vec<Subject>,
    now: Timestamp,
) -> Push {
    let material = |(material, examined): (&BoundMaterial, Examined)| Material {
        name: material.name.clone(),
        kind: material.kind,
        digest: Some(material.digest),
        size: examined.size,
        value: evidence::shown_value(material),
        output: material.output,
        annotations: examined.annotations,
    };
    Push {
        org: run.org,
        run: run.id,
        workflow_id: run.workflow_id,
        bundle: verified.bundle().to_vec(),
        digest: verified.digest(),
        signer: signer(verified.signer()),
        materials: materials.iter().zip(examined).map(material).collect(),
        subjects,
        received_at: now,
    }
}

fn signer(info: &SignerInfo) -> SignerRecord {
    match info {
        SignerInfo::Certificate { identity, .. } => {
            SignerRecord { kind: "certificate".to_owned(), identity: identity.clone() }
        }
        SignerInfo::Key { key_id, name, .. } => {
            let identity = name.as_ref().map_or_else(|| key_id.to_string(), ToString::to_string);
            SignerRecord { kind: "key".to_owned(), identity }
        }
    }
}

/// What became of a push that may be stored.
enum Settled {
    /// It was stored; the verdict is absent while it is being judged.
    Stored(Option<RunVerdict>),
    /// The same was stored before.
    Known,
}

/// Stores and judges in a task of its own, so that a pusher who goes away leaves nothing half done; but does not keep the
/// pusher waiting for longer than the settings say.
async fn settle(app: &App, caller: &Caller, push: Push) -> Result<Settled, AppError> {
    let audit = app.audit(caller, "attestation-push", format!("{} {}", push.run, push.digest));
    let (stored, told) = oneshot::channel();
    let task = {
        let app = app.clone();
        tokio::spawn(async move {
            let job = JobId::from_uuid(app.id());
            let lease_until = push.received_at.after(LEASE);
            let accepted = app.repositories.accept(&push, job, lease_until, &audit).await;
            let job = match &accepted {
                Ok(Accepted::New(lease)) => Some(Job { org: push.org, run: push.run, lease: *lease }),
                _ => None,
            };
            // Nobody may be waiting any more; the job is done all the same.
            drop(stored.send(accepted));
            judge_if(&app, job).await
        })
    };
    match told.await.map_err(|e| AppError::Interrupted(Box::new(e)))?? {
        Accepted::New(_) => {}
        Accepted::Same => return Ok(Settled::Known),
        Accepted::Other => return Err(AppError::OtherContent),
        Accepted::Closed(state) => return Err(AppError::RunOver(state)),
    }
    let judged = tokio::time::timeout(app.settings.judging_wait, task).await;
    Ok(Settled::Stored(judged.ok().and_then(Result::ok).flatten()))
}

/// Does a job. That an attempt failed is for the log, not for the pusher: the attestation is stored, its job is owed.
async fn judge_if(app: &App, job: Option<Job>) -> Option<RunVerdict> {
    let job = job?;
    evaluate(app, job).await.unwrap_or_else(|error| {
        tracing::error!(run = %job.run, error = &error as &dyn std::error::Error, "a run could not be judged yet");
        None
    })
}
