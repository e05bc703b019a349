//! `assay contract`.

mod apply;
mod describe;
mod lint;
mod ls;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Say what evidence is expected
#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    Apply(apply::Args),
    Lint(lint::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
}

/// Runs a verb of `contract`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Contract) -> Result<Exit, CliError> {
    match command {
        Contract::Apply(args) => apply::run(ctx, args),
        Contract::Lint(args) => lint::run(ctx, args),
        Contract::Ls(args) => ls::run(ctx, args),
        Contract::Describe(args) => describe::run(ctx, args),
    }
}
