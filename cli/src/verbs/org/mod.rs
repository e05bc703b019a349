//! `assay org`.

mod create;
mod ls;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Keep tenants apart
#[derive(Debug, Subcommand)]
pub(crate) enum Org {
    Create(create::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
}

/// Runs a verb of `org`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Org) -> Result<Exit, CliError> {
    match command {
        Org::Create(args) => create::run(ctx, args),
        Org::Ls(args) => ls::run(ctx, args),
    }
}
