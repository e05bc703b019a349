use std::io::Write as _;
use std::path::{Path, PathBuf};

use assay_base::Digest;
use assay_plugin_kit::{Packed, pack};
use assay_wire::Exit;
use serde::Serialize;
use serde_json::Value;

use super::local::{component, kit};
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::Pending;
use crate::ui::View;

/// Put the manifest into a component
///
/// The component is asked what it is, with nothing behind its imports. A core module that wit-bindgen made becomes a
/// component first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin pack component.wasm --output jira.wasm")]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write it [default: FILE]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Written<'a> {
    component: String,
    digest: Digest,
    size: usize,
    manifest: &'a Value,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let packed = pack(&component(ctx, &args.file)?).map_err(kit)?;
    write(ctx, args.output.as_deref().unwrap_or(&args.file), &packed)?;
    Ok(Exit::Ok)
}

/// Writes a packed component and tells what it is.
///
/// # Errors
/// [`CliError`] when the file or standard output cannot be written.
pub(super) fn write(ctx: &Ctx, path: &Path, packed: &Packed) -> Result<(), CliError> {
    let full = ctx.cwd.join(path);
    let written = Pending::new(&full).and_then(|mut pending| {
        pending.file().write_all(&packed.component)?;
        pending.finish()
    });
    written.map_err(|error| CliError::file("write", &full, error))?;
    let written = Written {
        component: path.display().to_string(),
        digest: Digest::of(&packed.component),
        size: packed.component.len(),
        manifest: &packed.document,
    };
    ctx.ui.answer(&written, |written| {
        View::new()
            .field("Component", &written.component)
            .field("Integration", format!("{} {}", packed.manifest.id(), packed.manifest.version()))
            .field("Digest", written.digest)
            .field("Size", format!("{} bytes", written.size))
    })
}
