//! `assay plugin`: what the author of an integration needs. Nothing of it asks a server.

mod bench;
mod build;
mod check;
mod conform;
mod given;
mod inspect;
mod local;
mod new;
mod pack;
mod push;
mod run;
mod sign;
mod verify;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;

/// Write an integration: make, build, try, sign and publish it
#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    New(new::Args),
    Build(build::Args),
    Pack(pack::Args),
    Check(check::Args),
    Inspect(inspect::Args),
    Run(run::Args),
    Conform(conform::Args),
    Bench(bench::Args),
    Push(push::Args),
    Sign(sign::Args),
    Verify(verify::Args),
}

/// Runs a verb of `plugin`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Plugin) -> Result<Exit, CliError> {
    match command {
        Plugin::New(args) => new::run(ctx, args),
        Plugin::Build(args) => build::run(ctx, args),
        Plugin::Pack(args) => pack::run(ctx, args),
        Plugin::Check(args) => check::run(ctx, args),
        Plugin::Inspect(args) => inspect::run(ctx, args),
        Plugin::Run(args) => run::run(ctx, args),
        Plugin::Conform(args) => conform::run(ctx, args),
        Plugin::Bench(args) => bench::run(ctx, args),
        Plugin::Push(args) => push::run(ctx, args),
        Plugin::Sign(args) => sign::run(ctx, args),
        Plugin::Verify(args) => verify::run(ctx, args),
    }
}
