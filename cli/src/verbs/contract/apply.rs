use assay_contract::DocumentKind;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents::{self, ApplyArgs};

/// Apply contracts: a new revision where the text has changed, all or none
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay contract apply -f contract.yaml\n  assay contract apply -f contract.yaml --dry-run"
)]
pub(crate) struct Args {
    #[command(flatten)]
    apply: ApplyArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::apply(ctx, &[DocumentKind::Contract], &args.apply)
}
