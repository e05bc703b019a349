//! `assay workflow`.

mod ls;
mod update;

use assay_wire::Exit;
use clap::Subcommand;

use super::run;
use crate::context::Ctx;
use crate::error::CliError;

/// Look at workflows, and bind them to contracts
#[derive(Debug, Subcommand)]
pub(crate) enum Workflow {
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    Update(update::Args),
    #[command(subcommand, hide = true)]
    Run(run::Run),
}

/// Runs a verb of `workflow`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Workflow) -> Result<Exit, CliError> {
    match command {
        Workflow::Ls(args) => ls::run(ctx, args),
        Workflow::Update(args) => update::run(ctx, args),
        Workflow::Run(command) => run::run(ctx, command),
    }
}
