//! The verbs: one file each, with an `Args` struct whose doc comment is the help, and a function `run(ctx, args)`.
//! A noun with several verbs is a folder.

mod att;
mod material;
mod policy;
mod version;
mod whoami;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::Format;

/// The nouns, and the verbs that need none.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(subcommand, name = "att", visible_alias = "attestation")]
    Att(att::Att),
    #[command(subcommand)]
    Material(material::Material),
    #[command(subcommand)]
    Policy(policy::Policy),
    Whoami(whoami::Args),
    Version(version::Args),
}

impl Command {
    /// Runs it. The exit code tells what was found; an error is for what could not be done.
    ///
    /// # Errors
    /// [`CliError`] of the verb.
    pub(crate) fn run(&self, ctx: &Ctx) -> Result<Exit, CliError> {
        match self {
            Self::Att(command) => att::run(ctx, command),
            Self::Material(command) => material::run(ctx, command),
            Self::Policy(command) => policy::run(ctx, command),
            Self::Whoami(args) => whoami::run(ctx, args),
            Self::Version(args) => version::run(ctx, args),
        }
    }

    /// Refuses a form of output that the command does not have.
    ///
    /// # Errors
    /// [`CliError`] with exit 2.
    pub(crate) fn accept(&self, format: Format) -> Result<(), CliError> {
        let common = matches!(format, Format::Table | Format::Json);
        if common {
            return Ok(());
        }
        Err(CliError::usage("this command prints `table` or `json` only"))
    }
}
