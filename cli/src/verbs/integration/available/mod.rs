//! `assay integration available`.

mod describe;
mod install;
mod ls;
mod remove;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// The integrations that can be registered: built-in ones, and components that you install
#[derive(Debug, Subcommand)]
pub(crate) enum Available {
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
    Install(install::Args),
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
}

pub(super) fn run(ctx: &Ctx, command: &Available) -> Result<Exit, CliError> {
    match command {
        Available::Ls(args) => ls::run(ctx, args),
        Available::Describe(args) => describe::run(ctx, args),
        Available::Install(args) => install::run(ctx, args),
        Available::Remove(args) => remove::run(ctx, args),
    }
}
