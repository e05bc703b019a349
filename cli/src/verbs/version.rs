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
struct Version {
    version: &'static str,
    commit: &'static str,
}

pub(crate) fn run(ctx: &Ctx, _: &Args) -> Result<Exit, CliError> {
    let version = Version { version: env!("CARGO_PKG_VERSION"), commit: option_env!("ASSAY_COMMIT").unwrap_or("unknown") };
    ctx.ui.answer(&version, |v| View::new().field("Version", v.version).field("Commit", v.commit))?;
    Ok(Exit::Ok)
}
