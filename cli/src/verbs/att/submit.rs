use std::path::PathBuf;

use assay_attest::Bundle;
use assay_base::RunId;
use assay_wire::Exit;
use bytes::Bytes;

use super::deliver::{self, Patience, deliver};
use super::session::StateArgs;
use super::show;
use super::verify::bundle_error;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::state::StateFile;

/// Hand in a bundle that was signed before
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay att submit --bundle attestation.json\n  assay att submit --bundle attestation.json --run 0190a5d0-0000-7000-8000-00000000000a"
)]
pub(crate) struct Args {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The run [default: the one that the statement names]
    #[arg(long, value_name = "RUN_ID")]
    run: Option<RunId>,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    state: StateArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = Bytes::from(files::given_bytes(&ctx.cwd.join(&args.bundle), Limit::BUNDLE)?);
    let run = match args.run {
        Some(run) => run,
        None => named(&bytes)?,
    };
    let answer = deliver(ctx, &ctx.client()?, run, &bytes, args.patience)?;
    forget(ctx, args, run);
    ctx.ui.answer(&answer, show::pushed)?;
    Ok(deliver::exit(answer.verdict.as_deref()))
}

/// The run that the statement names.
fn named(bytes: &Bytes) -> Result<RunId, CliError> {
    let bundle = Bundle::parse(bytes.to_vec()).map_err(|error| bundle_error(Exit::Invalid, error))?;
    let said = &bundle.statement().claim().predicate.metadata.workflow_run_id;
    said.parse().map_err(|error| {
        let message = format!("the statement names no run: `{said}`");
        CliError::new(Exit::Invalid, "statement-run", message).hint("say which one with `--run`").because(error)
    })
}

/// Forgets the state of the run that was handed in. Somebody else's, or one that cannot be read, is left alone.
fn forget(ctx: &Ctx, args: &Args, run: RunId) {
    let Ok(file) = StateFile::open(args.state.path(ctx)) else { return };
    if file.load().is_ok_and(|state| state.run.run_id == run)
        && let Err(error) = file.remove()
    {
        ctx.ui.warn(&error.to_string());
    }
}
