//! `assay policy`.

mod apply;
mod describe;
mod eval;
mod lint;
mod ls;
pub(crate) mod scripts;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

pub(super) use scripts::check as check_scripts;

/// Write, try out and apply policies
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Eval(eval::Args),
    Apply(apply::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
    #[command(subcommand, hide = true, visible_alias = "devel")]
    Develop(Develop),
}

/// Write policies, under the names of Chainloop
#[derive(Debug, Subcommand)]
pub(crate) enum Develop {
    Eval(eval::Args),
    Lint(lint::Args),
}

/// Runs a verb of `policy`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Policy) -> Result<Exit, CliError> {
    match command {
        Policy::Eval(args) | Policy::Develop(Develop::Eval(args)) => eval::run(ctx, args),
        Policy::Develop(Develop::Lint(args)) => lint::run(ctx, args),
        Policy::Apply(args) => apply::run(ctx, args),
        Policy::Ls(args) => ls::run(ctx, args),
        Policy::Describe(args) => describe::run(ctx, args),
    }
}
