//! The verbs: one file each, with an `Args` struct whose doc comment is the help, and a function `run(ctx, args)`.
//! A noun with several verbs is a folder.

mod apply;
mod artifact;
mod att;
mod backfill;
mod contract;
mod delivery;
mod documents;
mod gate;
mod integration;
mod key;
mod login;
mod material;
mod org;
mod page;
mod plugin;
mod plugin_compiler;
mod policy;
mod run;
mod serve;
mod token;
mod trust;
mod trust_root;
mod version;
mod whoami;
mod workflow;

use assay_wire::Exit;
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::Format;

/// The nouns, and the verbs that need none.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    Login(login::Args),
    Whoami(whoami::Args),
    Apply(apply::Args),
    #[command(subcommand)]
    Contract(contract::Contract),
    #[command(subcommand, name = "att", visible_alias = "attestation")]
    Att(att::Att),
    #[command(subcommand)]
    Material(material::Material),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    Gate(gate::Gate),
    #[command(subcommand, visible_alias = "wf")]
    Workflow(workflow::Workflow),
    #[command(subcommand)]
    Run(run::Run),
    #[command(subcommand)]
    Artifact(artifact::Artifact),
    #[command(subcommand)]
    Integration(integration::Integration),
    #[command(subcommand)]
    Delivery(delivery::Delivery),
    Backfill(backfill::Args),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    TrustRoot(trust_root::Args),
    #[command(subcommand)]
    Trust(trust::Trust),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand, visible_alias = "organization")]
    Org(org::Org),
    Version(version::Args),
    #[command(hide = true)]
    PluginCompiler(plugin_compiler::Args),
}

impl Command {
    /// Runs it. The exit code tells what was found; an error is for what could not be done.
    ///
    /// # Errors
    /// [`CliError`] of the verb.
    pub(crate) fn run(&self, ctx: &Ctx) -> Result<Exit, CliError> {
        match self {
            Self::Serve(args) => serve::run(ctx, args),
            Self::Login(args) => login::run(ctx, args),
            Self::Whoami(args) => whoami::run(ctx, args),
            Self::Apply(args) => apply::run(ctx, args),
            Self::Contract(command) => contract::run(ctx, command),
            Self::Att(command) => att::run(ctx, command),
            Self::Material(command) => material::run(ctx, command),
            Self::Policy(command) => policy::run(ctx, command),
            Self::Gate(command) => gate::run(ctx, command),
            Self::Workflow(command) => workflow::run(ctx, command),
            Self::Run(command) => run::run(ctx, command),
            Self::Artifact(command) => artifact::run(ctx, command),
            Self::Integration(command) => integration::run(ctx, command),
            Self::Delivery(command) => delivery::run(ctx, command),
            Self::Backfill(args) => backfill::run(ctx, args),
            Self::Plugin(command) => plugin::run(ctx, command),
            Self::TrustRoot(args) => trust_root::run(ctx, args),
            Self::Trust(command) => trust::run(ctx, command),
            Self::Key(command) => key::run(ctx, command),
            Self::Token(command) => token::run(ctx, command),
            Self::Org(command) => org::run(ctx, command),
            Self::Version(args) => version::run(ctx, args),
            Self::PluginCompiler(_) => plugin_compiler::run(),
        }
    }

    /// Refuses a form of output that the command does not have.
    ///
    /// # Errors
    /// [`CliError`] with exit 2.
    pub(crate) fn accept(&self, format: Format) -> Result<(), CliError> {
        let common = matches!(format, Format::Table | Format::Json);
        if common || self.own_formats().contains(&format) {
            return Ok(());
        }
        Err(CliError::usage("this command prints `table` or `json` only"))
    }

    /// The forms of output beside the common ones.
    fn own_formats(&self) -> &'static [Format] {
        match self {
            Self::Run(run::Run::Describe(_)) | Self::Workflow(workflow::Workflow::Run(run::Run::Describe(_))) => {
                run::describe::FORMATS
            }
            _ => &[],
        }
    }
}
