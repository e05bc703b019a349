use assay_contract::DocumentKind;
use assay_wire::Exit;

use super::documents::{self, ApplyArgs};
use crate::context::Ctx;
use crate::error::CliError;

/// Apply contracts, policies and gates together, all or none
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay apply -f release.yaml\n  assay apply -f supply-chain/ --dry-run\n  cat release.yaml | assay apply -f -"
)]
pub(crate) struct Args {
    #[command(flatten)]
    apply: ApplyArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::apply(ctx, DocumentKind::ALL, &args.apply)
}
