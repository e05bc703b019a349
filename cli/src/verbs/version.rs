use assay_base::Digest;
use assay_policy::{Limits, RegoEvaluator};
use assay_ports::Evaluator;
use assay_wire::Exit;
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Show the version of this executable and of the evaluator in it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay version\n  assay version -o json")]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
struct Answer {
    version: &'static str,
    commit: &'static str,
    evaluator_digest: Digest,
}

pub(crate) fn run(ctx: &Ctx, _: &Args) -> Result<Exit, CliError> {
    let answer = Answer {
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("ASSAY_COMMIT").unwrap_or("unknown"),
        // What judges is named by its digest: two executables with the same one judge alike.
        evaluator_digest: RegoEvaluator::new(Limits::default()).digest(),
    };
    ctx.ui.answer(&answer, |answer| {
        View::new()
            .field("Version", answer.version)
            .field("Commit", answer.commit)
            .field("Evaluator", answer.evaluator_digest)
    })?;
    Ok(Exit::Ok)
}
