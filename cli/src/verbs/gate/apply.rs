use assay_contract::DocumentKind;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents::{self, ApplyArgs};

/// Apply gates: a new revision where the text has changed, all or none
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay gate apply -f gate.yaml\n  assay gate apply -f gate.yaml --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    apply: ApplyArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::apply(ctx, &[DocumentKind::Gate], &args.apply)
}
