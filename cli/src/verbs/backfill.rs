use assay_base::{AttachmentId, Timestamp};
use assay_wire::{Backfill, Exit};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Send to an attachment what was pushed before it was made
///
/// What it has already is not sent again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay backfill --attachment 0190a5d0-0000-7000-8000-00000000000a\n  assay backfill --attachment 0190a5d0-0000-7000-8000-00000000000a --since 2026-11-01T00:00:00Z"
)]
pub(crate) struct Args {
    /// The id of the attachment, as `assay integration attached ls` shows it
    #[arg(long, value_name = "ID")]
    attachment: AttachmentId,
    /// Only what was pushed at this instant or later (RFC 3339)
    #[arg(long, value_name = "INSTANT")]
    since: Option<Timestamp>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let answer = ctx.client()?.backfill(args.attachment, &Backfill { since: args.since })?;
    ctx.ui.answer(&answer, |answer| View::new().line(format!("{} new deliveries", answer.created)))?;
    Ok(Exit::Ok)
}
