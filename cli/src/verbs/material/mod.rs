//! `assay material`.

mod inspect;
mod kinds;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

pub(super) use inspect::descriptor;

/// Look at evidence
#[derive(Debug, Subcommand)]
pub(crate) enum Material {
    Inspect(inspect::Args),
    Kinds(kinds::Args),
}

/// Runs a verb of `material`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Material) -> Result<Exit, CliError> {
    match command {
        Material::Inspect(args) => inspect::run(ctx, args),
        Material::Kinds(args) => kinds::run(ctx, args),
    }
}
