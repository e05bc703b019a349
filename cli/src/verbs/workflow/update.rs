use assay_base::{DocumentName, ProjectName, WorkflowName};
use assay_wire::{BindWorkflow, Exit};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{View, or_dash};

/// Bind a workflow to a contract: its next runs are judged by it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay workflow update release-build --project payments-api --contract payments-release"
)]
pub(crate) struct Args {
    /// The workflow
    name: WorkflowName,
    /// Its project
    #[arg(long, value_name = "NAME")]
    project: ProjectName,
    /// The contract
    #[arg(long, value_name = "NAME")]
    contract: DocumentName,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bind = BindWorkflow { contract: args.contract.clone() };
    let item = ctx.client()?.bind_workflow(&args.project, &args.name, &bind)?;
    ctx.ui.answer(&item, |item| {
        View::new()
            .field("Workflow", &item.name)
            .field("Project", &item.project)
            .field("Contract", or_dash(item.contract.as_ref()))
    })?;
    Ok(Exit::Ok)
}
