use assay_base::{ProjectName, WorkflowName};
use assay_wire::{Exit, RunItem, RunQuery};
use clap::ValueEnum;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::or_dash;
use crate::verbs::page::{self, PageArgs};

/// List runs, the newest first
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay run ls\n  assay run ls --workflow release-build --project payments-api --verdict non_compliant"
)]
pub(crate) struct Args {
    /// Of workflows of this name
    #[arg(long, value_name = "NAME")]
    workflow: Option<WorkflowName>,
    /// Of this project
    #[arg(long, value_name = "NAME")]
    project: Option<ProjectName>,
    /// With this verdict
    #[arg(long)]
    verdict: Option<Verdict>,
    /// In this state
    #[arg(long)]
    state: Option<State>,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Verdict {
    Compliant,
    #[value(alias = "non-compliant")]
    NonCompliant,
    Inconclusive,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Open,
    Pushed,
    Cancelled,
    Failed,
    Expired,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let query = RunQuery {
        workflow: args.workflow.clone(),
        project: args.project.clone(),
        verdict: args.verdict.as_ref().and_then(name),
        state: args.state.as_ref().and_then(name),
        digest: None,
        limit: Some(args.page.limit),
        next: args.page.next.clone(),
    };
    let list = ctx.client()?.runs(&query)?;
    page::show(ctx, &list, &["ID", "WORKFLOW", "PROJECT", "VERSION", "STATE", "VERDICT", "CREATED"], row)?;
    Ok(Exit::Ok)
}

/// The value as the command line and the API write it.
fn name(value: &impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|value| value.get_name().to_owned())
}

fn row(run: &RunItem) -> Vec<String> {
    vec![
        run.id.to_string(),
        run.workflow.to_string(),
        run.project.to_string(),
        or_dash(run.version.as_ref()),
        run.state.clone(),
        or_dash(run.verdict.as_ref()),
        run.created_at.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_written_as_the_api_writes_them() {
        let names: Vec<_> = Verdict::value_variants().iter().filter_map(name).collect();
        assert_eq!(names, ["compliant", "non_compliant", "inconclusive"]);
    }
}
