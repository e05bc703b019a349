use assay_contract::DocumentKind;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents::{self, ApplyArgs};

/// Apply policies: a new revision where the text has changed, all or none
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay policy apply -f policy.yaml\n  assay policy apply -f policy.yaml --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    apply: ApplyArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::apply(ctx, &[DocumentKind::Policy], &args.apply)
}
