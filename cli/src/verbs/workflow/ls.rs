use assay_base::ProjectName;
use assay_wire::{Exit, WorkflowItem, WorkflowQuery};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::or_dash;
use crate::verbs::page::{self, PageArgs};

/// List workflows, with their newest runs
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay workflow ls\n  assay wf ls --project payments-api")]
pub(crate) struct Args {
    /// Of this project
    #[arg(long, value_name = "NAME")]
    project: Option<ProjectName>,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let (limit, next) = (Some(args.page.limit), args.page.next.clone());
    let list = ctx.client()?.workflows(&WorkflowQuery { project: args.project.clone(), limit, next })?;
    page::show(ctx, &list, &["NAME", "PROJECT", "CONTRACT", "RUNS", "LAST STATE", "LAST VERDICT"], row)?;
    Ok(Exit::Ok)
}

/// A workflow as a row of a table.
pub(super) fn row(workflow: &WorkflowItem) -> Vec<String> {
    let last = workflow.last_run.as_ref();
    vec![
        workflow.name.to_string(),
        workflow.project.to_string(),
        or_dash(workflow.contract.as_ref()),
        workflow.runs.to_string(),
        or_dash(last.map(|run| &run.state)),
        or_dash(last.and_then(|run| run.verdict.as_ref())),
    ]
}
