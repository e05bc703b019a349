use assay_base::RegistrationName;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;

/// Show a registration; of a secret no more than that it is set
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration registered describe audit")]
pub(crate) struct Args {
    /// The name of the registration
    name: RegistrationName,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let item = ctx.client()?.registration(&args.name)?;
    ctx.ui.answer(&item, super::one)?;
    Ok(Exit::Ok)
}
