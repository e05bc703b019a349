use std::path::PathBuf;

use assay_plugin_kit::{Project, build};
use assay_wire::Exit;

use super::local::kit;
use super::pack::write;
use crate::context::Ctx;
use crate::error::CliError;

/// Build an integration: a component without WASI, with its manifest in it
///
/// Rust is compiled by cargo for wasm32-unknown-unknown, TypeScript by jco for `QuickJS`, Python by componentize-py. Tools that
/// the project pins and that are not there yet are installed first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin build\n  assay plugin build jira-issues --output jira.wasm")]
pub(crate) struct Args {
    /// The folder of the integration
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Where to write the component [default: ID.wasm in the folder]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let project = Project::open(&ctx.cwd.join(&args.dir)).map_err(kit)?;
    let packed = build(&project, &|step| ctx.ui.note(step)).map_err(kit)?;
    let name = format!("{}.wasm", packed.manifest.id());
    let path = args.output.clone().unwrap_or_else(|| args.dir.join(name));
    write(ctx, &path, &packed)?;
    Ok(Exit::Ok)
}
