use assay_base::RegistrationName;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;

/// Delete a registration that is attached to no workflow; its deliveries stay as history
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration registered delete audit")]
pub(crate) struct Args {
    /// The name of the registration
    name: RegistrationName,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let deleted = ctx.client()?.deregister(&args.name)?;
    ctx.ui.answer(&deleted, super::one)?;
    Ok(Exit::Ok)
}
