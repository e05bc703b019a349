use assay_base::AttachmentId;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;

/// Detach: nothing more is delivered, and what is pending is cancelled
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration attached delete 0190a5d0-0000-7000-8000-00000000000a")]
pub(crate) struct Args {
    /// The id of the attachment, as `assay integration attached ls` shows it
    id: AttachmentId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let deleted = ctx.client()?.detach(args.id)?;
    ctx.ui.answer(&deleted, super::one)?;
    Ok(Exit::Ok)
}
