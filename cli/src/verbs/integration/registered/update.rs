use assay_base::RegistrationName;
use assay_wire::{Exit, UpdateRegistration};
use serde_json::Value;

use super::super::options::OptionArgs;
use crate::context::Ctx;
use crate::error::CliError;

/// Change a registration: what is not named stays, and deliveries that waited for it are sent
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay integration registered update audit --opt url=https://audit.example.org/v2\n  assay integration registered update audit --opt-file secret=new.secret\n  assay integration registered update audit --unset secret"
)]
pub(crate) struct Args {
    /// The name of the registration
    name: RegistrationName,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
    /// Take a value away; repeatable
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let given = args.options.read()?;
    if let Some(both) = args.unset.iter().find(|key| given.has(key)) {
        return Err(CliError::usage(format!("the option `{both}` is given and taken away")));
    }
    if given.is_empty() && args.unset.is_empty() && args.description.is_none() {
        return Err(CliError::usage("there is nothing to change").hint("--opt, --opt-file, --unset or --description"));
    }
    let client = ctx.client()?;
    let registration = client.registration(&args.name)?;
    let integration = client.integration(&registration.integration)?;
    let mut options = given.typed(&integration.registration_schema);
    options.extend(args.unset.iter().map(|key| (key.clone(), Value::Null)));
    let update = UpdateRegistration { description: args.description.clone(), options };
    let item = client.update_registration(&args.name, &update)?;
    ctx.ui.answer(&item, super::one)?;
    Ok(Exit::Ok)
}
