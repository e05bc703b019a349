use assay_wire::Exit;

use crate::client::Collection;
use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents::{self, DescribeArgs};

/// Show a gate as it was written
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay gate describe production\n  assay gate describe production --revision 2 -o json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    which: DescribeArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::describe(ctx, Collection::Gates, &args.which)
}
