use std::path::PathBuf;

use assay_attest::{AttestError, KeyId, MessageSignature, PublicKey, TrustedKey};
use assay_base::Digest;
use assay_wire::Exit;
use serde::Serialize;

use super::local::component;
use super::sign::beside;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::ui::{Tone, View};

/// Verify the signature of a component, offline
///
/// Exit 5 when it is not signed by one of the keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin verify jira.wasm --key release.pub")]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A public key in PEM; repeatable
    #[arg(long, required = true, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// The bundle [default: FILE.sigstore.json]
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Verified {
    ok: bool,
    digest: Digest,
    key_id: KeyId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = component(ctx, &args.file)?;
    let keys = args.key.iter().map(|path| key(ctx, path)).collect::<Result<Vec<_>, _>>()?;
    let path = args.bundle.clone().unwrap_or_else(|| beside(&args.file));
    let bundle = files::given_bytes(&ctx.cwd.join(&path), Limit::BUNDLE)?;
    let signature = MessageSignature::parse(&bundle).map_err(refused)?;
    let trusted = signature.verify(&bytes, &keys).map_err(refused)?;
    let answer = Verified { ok: true, digest: signature.digest(), key_id: trusted.key.id() };
    ctx.ui.answer(&answer, |verified| {
        let signed = format!("{} is signed by {}", args.file.display(), verified.key_id);
        View::new().toned(Tone::Good, signed).field("Digest", verified.digest)
    })?;
    Ok(Exit::Ok)
}

fn key(ctx: &Ctx, path: &std::path::Path) -> Result<TrustedKey, CliError> {
    let text = files::given_text(&ctx.cwd.join(path), Limit::LINES)?;
    let key = PublicKey::from_pem(&text).map_err(|error| {
        let message = format!("`{}` is not a public key", path.display());
        CliError::new(Exit::Invalid, "public-key", message).because(error)
    })?;
    Ok(TrustedKey { name: None, key })
}

fn refused(error: AttestError) -> CliError {
    CliError::new(Exit::Unverified, error.code(), "the component does not verify").because(error)
}
