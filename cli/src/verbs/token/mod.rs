//! `assay token`.

mod create;
mod duration;
mod ls;
mod revoke;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Say who may do what
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    Create(create::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    Revoke(revoke::Args),
}

/// Runs a verb of `token`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Token) -> Result<Exit, CliError> {
    match command {
        Token::Create(args) => create::run(ctx, args),
        Token::Ls(args) => ls::run(ctx, args),
        Token::Revoke(args) => revoke::run(ctx, args),
    }
}
