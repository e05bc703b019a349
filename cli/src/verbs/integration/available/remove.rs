use assay_base::IntegrationId;
use assay_wire::Exit;

use super::ls::one;
use crate::context::Ctx;
use crate::error::CliError;

/// Remove a component that was installed and that no registration uses
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration available remove jira")]
pub(crate) struct Args {
    /// The id of the integration
    id: IntegrationId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let removed = ctx.client()?.remove_integration(&args.id)?;
    ctx.ui.answer(&removed, one)?;
    Ok(Exit::Ok)
}
