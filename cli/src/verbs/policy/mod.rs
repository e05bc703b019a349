//! `assay policy`.

mod eval;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Write, try out and apply policies
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Eval(eval::Args),
    /// The same under the names of Chainloop
    #[command(subcommand, hide = true)]
    Develop(Develop),
}

/// Chainloop's `policy develop`
#[derive(Debug, Subcommand)]
pub(crate) enum Develop {
    Eval(eval::Args),
}

/// Runs a verb of `policy`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Policy) -> Result<Exit, CliError> {
    match command {
        Policy::Eval(args) | Policy::Develop(Develop::Eval(args)) => eval::run(ctx, args),
    }
}
