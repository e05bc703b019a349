use assay_base::{IntegrationId, RegistrationName};
use assay_wire::{Exit, NewRegistration};

use super::super::options::OptionArgs;
use crate::context::Ctx;
use crate::error::CliError;

/// Register an integration; its destination is tried before anything is kept
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay integration registered add webhook --name audit \\\n    --opt url=https://audit.example.org/in --opt-file secret=hook.secret\n  assay integration registered add dependency-track --name dt \\\n    --opt instanceURI=https://dt.example.org --opt-file apiKey=dt.key --opt allowAutoCreate=true"
)]
pub(crate) struct Args {
    /// The id of the integration
    #[arg(value_name = "ID")]
    integration: IntegrationId,
    /// What to call the registration
    #[arg(long)]
    name: RegistrationName,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let given = args.options.read()?;
    let client = ctx.client()?;
    let integration = client.integration(&args.integration)?;
    let new = NewRegistration {
        integration: args.integration.clone(),
        name: args.name.clone(),
        description: args.description.clone(),
        options: given.typed(&integration.registration_schema),
    };
    let item = client.register(&new)?;
    ctx.ui.answer(&item, super::one)?;
    Ok(Exit::Ok)
}
