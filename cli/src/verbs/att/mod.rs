//! `assay att`: from opening a run to its signed attestation.

mod add;
mod allowed;
mod convert;
mod deliver;
mod init;
mod judging;
mod output;
mod pairs;
mod push;
mod reset;
mod session;
mod show;
mod signing;
mod statement;
mod status;
mod submit;
mod summary;
mod verify;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

pub(super) use add::evidence_error;
pub(super) use convert::to_wire;
pub(super) use judging::policy_input;
pub(super) use pairs::{key_value, warn_about};
pub(super) use session::now;
pub(super) use show::evaluations;
pub(super) use signing::read_key;

/// Collect, sign and push the evidence of a run
#[derive(Debug, Subcommand)]
pub(crate) enum Att {
    Init(init::Args),
    Add(add::Args),
    Status(status::Args),
    Push(push::Args),
    Submit(submit::Args),
    Reset(reset::Args),
    Verify(verify::Args),
}

/// Runs a verb of `att`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Att) -> Result<Exit, CliError> {
    match command {
        Att::Init(args) => init::run(ctx, args),
        Att::Add(args) => add::run(ctx, args),
        Att::Status(args) => status::run(ctx, args),
        Att::Push(args) => push::run(ctx, args),
        Att::Submit(args) => submit::run(ctx, args),
        Att::Reset(args) => reset::run(ctx, args),
        Att::Verify(args) => verify::run(ctx, args),
    }
}
