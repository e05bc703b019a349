use std::io::Write as _;
use std::path::{Path, PathBuf};

use assay_attest::{KeyId, MessageSignature};
use assay_base::Digest;
use assay_wire::Exit;
use serde::Serialize;

use super::local::component;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::Pending;
use crate::ui::View;
use crate::verbs::att::read_key;

/// Sign a component; the bundle is written beside it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An encrypted key is opened with the password in ASSAY_SIGNING_PASSWORD.\n\nExamples:\n  assay plugin sign jira.wasm --key release.key"
)]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The private key: a file, or one in the environment
    #[arg(long, value_name = "FILE|env://NAME")]
    key: String,
    /// Where to write the bundle [default: FILE.sigstore.json, where `install` and `push` look for it]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Signed {
    bundle: String,
    digest: Digest,
    key_id: KeyId,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = component(ctx, &args.file)?;
    let key = read_key(ctx, &args.key)?;
    let failed = |error| CliError::new(Exit::Unexpected, "signing", "cannot sign").because(error);
    let signature = key.sign(&bytes).map_err(failed)?;
    let signed = MessageSignature::new(Digest::of(&bytes), signature, key.public_key().id());
    let bundle = signed
        .to_json()
        .map_err(|error| CliError::new(Exit::Unexpected, "signing", "the bundle cannot be written").because(error))?;
    let path = args.output.clone().unwrap_or_else(|| beside(&args.file));
    let full = ctx.cwd.join(&path);
    let written = Pending::new(&full).and_then(|mut pending| {
        pending.file().write_all(&bundle)?;
        pending.finish()
    });
    written.map_err(|error| CliError::file("write", &full, error))?;
    let answer = Signed { bundle: path.display().to_string(), digest: signed.digest(), key_id: key.public_key().id() };
    ctx.ui.answer(&answer, |signed| {
        View::new().field("Bundle", &signed.bundle).field("Digest", signed.digest).field("Key id", signed.key_id)
    })?;
    Ok(Exit::Ok)
}

/// Where the bundle of a component lies.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sigstore.json");
    name.into()
}
