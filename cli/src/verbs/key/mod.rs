//! `assay key`.

mod generate;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Make keys to sign with
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    Generate(generate::Args),
}

/// Runs a verb of `key`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Key) -> Result<Exit, CliError> {
    match command {
        Key::Generate(args) => generate::run(ctx, args),
    }
}
