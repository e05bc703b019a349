use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;

/// Print the trust root of the organization, as Sigstore writes it in JSON
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay trust-root > root.json\n  assay att verify --bundle bundle.json --trust-root root.json"
)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &Ctx, _: &Args) -> Result<Exit, CliError> {
    let bytes = ctx.client()?.trust_root()?;
    let foreign = |error| CliError::new(Exit::Unexpected, "answer", "the trust root is not JSON").because(error);
    let document: &serde_json::value::RawValue = serde_json::from_slice(&bytes).map_err(foreign)?;
    ctx.ui.json_text(document.get())?;
    Ok(Exit::Ok)
}
