use assay_wire::Exit;

use crate::client::Collection;
use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents;
use crate::verbs::page::PageArgs;

/// List gates, by name
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay gate ls\n  assay gate ls --limit 200 -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::list(ctx, Collection::Gates, &args.page)
}
