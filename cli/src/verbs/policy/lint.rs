use std::path::PathBuf;

use assay_contract::DocumentKind;
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::documents;

/// Check a policy document without a server, and show each mistake where it is
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay policy develop lint --policy policy.yaml")]
pub(crate) struct Args {
    /// The policy, or - for standard input
    #[arg(short, long, visible_alias = "policy", default_value = "policy.yaml", value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    documents::lint(ctx, &[DocumentKind::Policy, DocumentKind::PolicyGroup], &args.file)
}
