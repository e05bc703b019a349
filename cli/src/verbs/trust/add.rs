use std::path::PathBuf;

use assay_attest::PublicKey;
use assay_base::TokenName;
use assay_wire::{Exit, NewTrustKey};

use super::ls::one;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};

/// Trust a public key: attestations signed with it verify from now on
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay trust add --key release.pub --name release")]
pub(crate) struct Args {
    /// The public key, in PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What to call it; the first characters of its id when absent
    #[arg(long)]
    name: Option<TokenName>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let text = files::given_text(&args.key, Limit::LINES)?;
    // What is sent is written anew: a private key that stands in the same file stays here.
    let public_key = PublicKey::from_pem(&text).and_then(|key| key.to_pem()).map_err(|error| {
        let message = format!("`{}` is not a public key", args.key.display());
        CliError::new(Exit::Invalid, "public-key", message).because(error)
    })?;
    let item = ctx.client()?.add_trust_key(&NewTrustKey { name: args.name.clone(), public_key })?;
    ctx.ui.answer(&item, one)?;
    Ok(Exit::Ok)
}
