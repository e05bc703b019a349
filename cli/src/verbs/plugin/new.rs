use std::path::PathBuf;

use assay_base::IntegrationId;
use assay_plugin_kit::{Language, create};
use assay_wire::Exit;
use serde::Serialize;

use super::local::kit;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Make a new integration, with its tools pinned, a test and a README
///
/// The template works as it is: it posts a small JSON document about every attestation to a URL.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay plugin new --lang ts jira-issues\n  assay plugin new --lang rust jira-issues --dir plugins/jira"
)]
pub(crate) struct Args {
    /// The id of the integration: lower-case letters, digits and inner hyphens
    #[arg(value_name = "NAME")]
    name: IntegrationId,
    /// The language: rust, ts or python
    #[arg(long, value_name = "LANGUAGE")]
    lang: Language,
    /// The folder to make [default: NAME]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Made {
    name: IntegrationId,
    language: &'static str,
    directory: String,
    files: usize,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let name = args.dir.clone().unwrap_or_else(|| PathBuf::from(args.name.as_str()));
    let files = create(args.lang, &args.name, &ctx.cwd.join(&name)).map_err(kit)?;
    let made = Made {
        name: args.name.clone(),
        language: args.lang.as_str(),
        directory: name.display().to_string(),
        files: files.len(),
    };
    ctx.ui.answer(&made, |made| {
        View::new().field("Directory", &made.directory).field("Language", made.language).field("Files", made.files)
    })?;
    ctx.ui.hint(&format!("build it: assay plugin build {}", made.directory));
    Ok(Exit::Ok)
}
