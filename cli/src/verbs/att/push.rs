use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;

use assay_app::Missing;
use assay_attest::dsse::PAYLOAD_TYPE;
use assay_base::{Digest, Timestamp};
use assay_model::{Evaluation, Phase, RunVerdict};
use assay_server::convert::unmatched;
use assay_wire::{Exit, PushAnswer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::convert::{from_wire, to_wire};
use super::deliver::{self, Patience, deliver};
use super::pairs::{annotations, warn_about};
use super::session::{Session, StateArgs, now};
use super::statement::{Ending, NO_RUNNER, draft};
use super::{output, show, signing, summary};
use crate::context::Ctx;
use crate::error::CliError;
use crate::evidence;

/// Sign what was gathered and hand it in
///
/// The server verifies, stores and judges it; the exit code is the server's verdict: 0 compliant, 4 not compliant,
/// 6 inconclusive. When the answer got lost, push again: the same bundle is sent again. Without --key the signature is made with a key that lives for this command only and that the server
/// certifies for this run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay att push\n  assay att push --annotation environment=production --bundle attestation.json\n  assay att push --key release.key\n  assay att push --no-submit --bundle attestation.json"
)]
pub(crate) struct Args {
    #[arg(
        long,
        value_name = "REF",
        help = "Sign with this key: a file (PKCS#8, or encrypted as cosign does) or env://NAME [env: ASSAY_SIGNING_PASSWORD]"
    )]
    key: Option<String>,
    /// An annotation of the attestation; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Write the signed bundle to this file too
    #[arg(long, value_name = "OUT")]
    bundle: Option<PathBuf>,
    /// Sign and write the bundle, and send nothing; see `assay att submit`
    #[arg(long, requires = "bundle")]
    no_submit: bool,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    state: StateArgs,
}

/// The statement of the run and what the policies said of it here.
struct Finished {
    payload: Vec<u8>,
    evaluations: Vec<Evaluation>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let session = Session::open(ctx, &args.state)?;
    let annotations = annotations(&session.bench.contract.annotations, &args.annotation)?;
    let missing = missing(&session, &annotations);
    if !missing.is_empty() {
        return Err(incomplete(&missing));
    }
    let finished = finish(ctx, &session, annotations)?;
    if session.state.dry_run {
        return end_dry_run(ctx, args, &session, &finished);
    }
    let kept = session.file.kept_bundle(requested(args));
    if args.no_submit {
        let bytes = kept.map_or_else(|| sign(ctx, args, &session, finished.payload), Ok)?;
        export(ctx, args, &bytes)?;
        let answer = unsubmitted(&session, Digest::of(&bytes), &finished.evaluations);
        ctx.ui.answer(&answer, show::pushed)?;
        return Ok(Exit::Ok);
    }
    let again = kept.map(|bytes| hand_in(ctx, args, &session, &bytes));
    let answer = match again {
        // What was kept had never come in, and is not taken any more: the run is still open for another one.
        Some(Err(error)) if refused(&error) => None,
        known => known.transpose()?,
    };
    let answer = match answer {
        Some(answer) => answer,
        None => hand_in(ctx, args, &session, &sign(ctx, args, &session, finished.payload)?)?,
    };
    session.file.remove()?;
    summary::write(ctx, &session.state, &answer);
    ctx.ui.answer(&answer, show::pushed)?;
    Ok(deliver::exit(answer.verdict.as_deref()))
}

/// What a bundle depends on besides the state.
fn requested(args: &Args) -> Digest {
    Digest::of(serde_json::json!([args.annotation, args.key]).to_string().as_bytes())
}

/// Writes the bundle where the user wants it.
fn export(ctx: &Ctx, args: &Args, bundle: &[u8]) -> Result<(), CliError> {
    args.bundle.as_ref().map_or(Ok(()), |path| output::write(&ctx.cwd.join(path), bundle))
}

/// Hands the bundle in. It is kept until the answer is there.
fn hand_in(ctx: &Ctx, args: &Args, session: &Session, bundle: &Bytes) -> Result<PushAnswer, CliError> {
    export(ctx, args, bundle)?;
    session.file.keep_bundle(requested(args), bundle)?;
    let answer = deliver(ctx, &session.client(ctx)?, session.state.run.run_id, bundle, args.patience);
    if answer.as_ref().is_err_and(refused) {
        session.file.forget_bundle()?;
    }
    answer
}

/// Whether the server has looked at the bundle and does not want it. Whoever may not ask, or gets no answer, does not know.
fn refused(error: &CliError) -> bool {
    matches!(error.exit(), Exit::Invalid | Exit::Incomplete | Exit::Unverified)
}

/// What the contract asks for and the run does not have.
pub(super) fn missing(session: &Session, annotations: &BTreeMap<String, String>) -> Vec<Missing> {
    let names: BTreeSet<_> = session.state.materials.keys().cloned().collect();
    let runner = session.state.runner.kind.as_deref().unwrap_or(NO_RUNNER);
    let mut missing = assay_app::missing(&session.bench.contract, &names, annotations, runner);
    // The runner is not enforced where nothing is written.
    missing.retain(|missing| !(session.state.dry_run && matches!(missing, Missing::Runner { .. })));
    missing
}

fn incomplete(missing: &[Missing]) -> CliError {
    let all: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let error = CliError::new(Exit::Incomplete, "contract-incomplete", all.join("; "));
    let material = missing.iter().any(|missing| matches!(missing, Missing::Material { .. } | Missing::Group { .. }));
    error.hint(if material {
        "add it with `assay att add --name NAME --value VALUE`"
    } else {
        "give it with `--annotation NAME=VALUE`"
    })
}

/// Judges the whole attestation and writes its statement.
fn finish(ctx: &Ctx, session: &Session, annotations: BTreeMap<String, String>) -> Result<Finished, CliError> {
    let Session { state, bench, .. } = session;
    let materials = state.materials.values().flat_map(|recorded| &recorded.evaluations).map(from_wire);
    let evaluations: Vec<_> = materials.collect();
    let finished_at = now();
    let mut ending =
        Ending { finished_at: Some(finished_at), annotations, executable: executable(), evaluations: &evaluations };
    let judged = bench.attestation(state, Phase::Push, &ending, finished_at)?;
    warn_about(ctx.ui, &judged.warnings);
    let replaced = |early: &Evaluation| {
        judged.evaluations.iter().any(|late| late.policy == early.policy && late.policy_digest == early.policy_digest)
    };
    let mut all = evaluations.clone();
    all.extend(state.evaluations.iter().map(from_wire).filter(|early| !replaced(early)));
    all.extend(judged.evaluations.clone());
    ending.evaluations = &all;
    let payload = draft(state, &bench.contract, &ending).to_payload();
    let payload = payload
        .map_err(|error| CliError::new(Exit::Unexpected, error.code(), "cannot write the statement").because(error))?;
    Ok(Finished { payload, evaluations: all })
}

/// The digest of this executable; absent where it cannot be read.
fn executable() -> Option<Digest> {
    let mut file = File::open(std::env::current_exe().ok()?).ok()?;
    evidence::hash(&mut file).ok().map(|(digest, _)| digest)
}

fn sign(ctx: &Ctx, args: &Args, session: &Session, payload: Vec<u8>) -> Result<Bytes, CliError> {
    let bundle = match &args.key {
        None => {
            let signed = signing::keyless(&session.client(ctx)?, &session.state.run, payload);
            signed.map_err(deliver::with_way_out)
        }
        Some(key) => {
            let configured = ctx.client_if_configured()?;
            let client = configured.map(|client| client.in_organization(session.state.run.organization.clone()));
            signing::with_key(ctx, client.as_ref(), key, payload)
        }
    };
    bundle.map(|bundle| Bytes::copy_from_slice(bundle.bytes()))
}

/// A dry run ends with the envelope, unsigned: the server would not certify a run that it does not know.
fn end_dry_run(ctx: &Ctx, args: &Args, session: &Session, finished: &Finished) -> Result<Exit, CliError> {
    let envelope = serde_json::json!({
        "payload": STANDARD.encode(&finished.payload), "payloadType": PAYLOAD_TYPE, "signatures": [],
    });
    let bytes = envelope.to_string().into_bytes();
    if let Some(path) = &args.bundle {
        output::write(&ctx.cwd.join(path), &bytes)?;
    }
    session.file.remove()?;
    ctx.ui.note("this was a dry run: nothing was signed or sent");
    ctx.ui.answer(&unsubmitted(session, Digest::of(&bytes), &finished.evaluations), show::pushed)?;
    Ok(Exit::Ok)
}

/// What is known of an attestation that no server has judged.
fn unsubmitted(session: &Session, digest: Digest, evaluations: &[Evaluation]) -> PushAnswer {
    let idle = session.bench.unmatched(&session.state);
    let judged = RunVerdict::new(evaluations.to_vec(), idle, Timestamp::from_micros(0), digest);
    PushAnswer {
        run_id: session.state.run.run_id,
        digest,
        verdict: None,
        warnings: judged.warnings(),
        evaluations: evaluations.iter().map(to_wire).collect(),
        unmatched: judged.unmatched.iter().map(unmatched).collect(),
        submitted: false,
    }
}
