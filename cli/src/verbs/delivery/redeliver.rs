use assay_base::DeliveryId;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;

/// Send a delivery again, whatever became of it; the receiver sees the same id
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay delivery redeliver 0190a5d0-0000-8000-8000-00000000000a")]
pub(crate) struct Args {
    /// The id of the delivery, as `assay delivery ls` shows it
    id: DeliveryId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let due = ctx.client()?.redeliver(args.id)?;
    ctx.ui.answer(&due, super::due)?;
    Ok(Exit::Ok)
}
