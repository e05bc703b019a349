use assay_base::{RegistrationName, Timestamp};
use assay_wire::{Exit, Replay};

use crate::context::Ctx;
use crate::error::CliError;

/// Send again everything that went to a registration; the receiver sees the same ids
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay delivery replay --registration audit\n  assay delivery replay --registration audit --since 2026-11-20T00:00:00Z"
)]
pub(crate) struct Args {
    /// The registration
    #[arg(long, value_name = "NAME")]
    registration: RegistrationName,
    /// Only what was made at this instant or later (RFC 3339)
    #[arg(long, value_name = "INSTANT")]
    since: Option<Timestamp>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let replay = Replay { registration: args.registration.clone(), since: args.since };
    let due = ctx.client()?.replay(&replay)?;
    ctx.ui.answer(&due, super::due)?;
    Ok(Exit::Ok)
}
