use std::io::IsTerminal;
use std::path::PathBuf;

use assay_base::Digest;
use assay_wire::Exit;
use serde::Serialize;

use crate::client::Target;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Download what was uploaded under a digest, and check that it is that
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay artifact download --output sbom.json \\\n    sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n  assay artifact download \\\n    sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 | jq .components"
)]
pub(crate) struct Args {
    /// The digest
    #[arg(value_name = "sha256:…")]
    digest: Digest,
    /// The file to write, or - for standard output; a device or a pipe is written into
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
}

#[derive(Debug, Serialize)]
struct Downloaded {
    digest: Digest,
    size: u64,
    output: String,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let client = ctx.client()?;
    if ["-", "/dev/stdout"].iter().any(|name| args.output.as_os_str() == *name) {
        if std::io::stdout().is_terminal() {
            return Err(CliError::usage("bytes that may be anything are not written to a terminal")
                .hint("give `--output FILE`"));
        }
        client.download_blob(args.digest, &Target::Stdout)?;
        return Ok(Exit::Ok);
    }
    let size = client.download_blob(args.digest, &Target::File(args.output.clone()))?;
    let done = Downloaded { digest: args.digest, size, output: args.output.display().to_string() };
    ctx.ui.answer(&done, |done| View::new().line(format!("{} ({} bytes)", done.output, done.size)))?;
    Ok(Exit::Ok)
}
