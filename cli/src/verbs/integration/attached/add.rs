use assay_base::{ProjectName, RegistrationName, WorkflowName};
use assay_wire::{Exit, NewAttachment};

use super::super::options::OptionArgs;
use crate::context::Ctx;
use crate::error::CliError;

/// Attach a registration to a workflow: what is pushed from now on is delivered
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay integration attached add audit --workflow release-build --project payments-api\n  assay integration attached add dt \\\n    --workflow release-build --project payments-api --opt projectName=payments-api\n\nWhat was pushed before is sent with `assay backfill`."
)]
pub(crate) struct Args {
    /// The name of the registration
    #[arg(value_name = "NAME")]
    registration: RegistrationName,
    /// The workflow
    #[arg(long, value_name = "NAME")]
    workflow: WorkflowName,
    /// Its project
    #[arg(long, value_name = "NAME")]
    project: ProjectName,
    #[command(flatten)]
    options: OptionArgs,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let given = args.options.read()?;
    let client = ctx.client()?;
    let registration = client.registration(&args.registration)?;
    let integration = client.integration(&registration.integration)?;
    let new = NewAttachment {
        registration: args.registration.clone(),
        project: args.project.clone(),
        workflow: args.workflow.clone(),
        options: given.typed(&integration.attachment_schema),
    };
    let item = client.attach(&new)?;
    ctx.ui.answer(&item, super::one)?;
    Ok(Exit::Ok)
}
