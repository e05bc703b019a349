//! `assay run`.

pub(super) mod describe;
mod ls;
mod view;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Look at the executions of workflows
#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
}

/// Runs a verb of `run`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Run) -> Result<Exit, CliError> {
    match command {
        Run::Ls(args) => ls::run(ctx, args),
        Run::Describe(args) => describe::run(ctx, args),
    }
}
