//! `assay artifact`.

mod download;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Fetch the evidence that was uploaded
#[derive(Debug, Subcommand)]
pub(crate) enum Artifact {
    Download(download::Args),
}

/// Runs a verb of `artifact`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Artifact) -> Result<Exit, CliError> {
    match command {
        Artifact::Download(args) => download::run(ctx, args),
    }
}
