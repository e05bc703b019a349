use assay_base::TokenName;
use assay_wire::Exit;

use super::ls::one;
use crate::context::Ctx;
use crate::error::CliError;

/// Trust a key no longer
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay trust remove release")]
pub(crate) struct Args {
    /// The name of the key
    name: TokenName,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let item = ctx.client()?.remove_trust_key(&args.name)?;
    ctx.ui.answer(&item, one)?;
    Ok(Exit::Ok)
}
