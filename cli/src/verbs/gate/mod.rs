//! `assay gate`.

mod apply;
mod check;
mod describe;
mod ls;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Ask whether a digest may ship
#[derive(Debug, Subcommand)]
pub(crate) enum Gate {
    Check(check::Args),
    Apply(apply::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
}

/// Runs a verb of `gate`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Gate) -> Result<Exit, CliError> {
    match command {
        Gate::Check(args) => check::run(ctx, args),
        Gate::Apply(args) => apply::run(ctx, args),
        Gate::Ls(args) => ls::run(ctx, args),
        Gate::Describe(args) => describe::run(ctx, args),
    }
}
