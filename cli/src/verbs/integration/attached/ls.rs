use assay_base::{ProjectName, WorkflowName};
use assay_wire::{AttachmentItem, AttachmentQuery, Exit};

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::page::{self, PageArgs};

/// List attachments, the oldest first
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay integration attached ls\n  assay integration attached ls --workflow release-build --project payments-api"
)]
pub(crate) struct Args {
    /// To workflows of this name
    #[arg(long, value_name = "NAME")]
    workflow: Option<WorkflowName>,
    /// To workflows of this project
    #[arg(long, value_name = "NAME")]
    project: Option<ProjectName>,
    #[command(flatten)]
    page: PageArgs,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let query = AttachmentQuery {
        project: args.project.clone(),
        workflow: args.workflow.clone(),
        limit: Some(args.page.limit),
        next: args.page.next.clone(),
    };
    let list = ctx.client()?.attachments(&query)?;
    page::show(ctx, &list, &["ID", "REGISTRATION", "INTEGRATION", "WORKFLOW", "PROJECT", "CREATED"], row)?;
    Ok(Exit::Ok)
}

fn row(item: &AttachmentItem) -> Vec<String> {
    vec![
        item.id.to_string(),
        item.registration.to_string(),
        item.integration.to_string(),
        item.workflow.to_string(),
        item.project.to_string(),
        item.created_at.to_string(),
    ]
}
