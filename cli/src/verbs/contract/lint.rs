use std::path::PathBuf;

use assay_contract::DocumentKind;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents;

/// Check a contract without a server, and show each mistake where it is
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay contract lint -f contract.yaml\n  assay contract lint -f - -o json < contract.yaml"
)]
pub(crate) struct Args {
    /// The contract, or - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::lint(ctx, &[DocumentKind::Contract], &args.file)
}
