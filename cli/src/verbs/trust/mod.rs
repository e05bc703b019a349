//! `assay trust`.

mod add;
mod ls;
mod remove;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Say whose keys are trusted
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    Add(add::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
}

/// Runs a verb of `trust`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Trust) -> Result<Exit, CliError> {
    match command {
        Trust::Add(args) => add::run(ctx, args),
        Trust::Ls(args) => ls::run(ctx, args),
        Trust::Remove(args) => remove::run(ctx, args),
    }
}
