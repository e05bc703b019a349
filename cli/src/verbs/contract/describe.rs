use assay_wire::Exit;

use crate::client::Collection;
use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents::{self, DescribeArgs};

/// Show a contract as it was written
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay contract describe payments-release\n  assay contract describe payments-release --revision 2 -o json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    which: DescribeArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::describe(ctx, Collection::Contracts, &args.which)
}
