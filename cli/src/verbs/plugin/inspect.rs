use std::path::PathBuf;

use assay_base::Digest;
use assay_plugin_kit::inspect;
use assay_wire::Exit;
use serde::Serialize;
use serde_json::Value;

use super::local::{component, kit};
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Show what is in a component, without running it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin inspect jira.wasm -o json")]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Shown {
    digest: Digest,
    size: usize,
    imports: Vec<String>,
    exports: Vec<String>,
    manifest: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let found = inspect(&component(ctx, &args.file)?).map_err(kit)?;
    let shown = Shown {
        digest: found.digest,
        size: found.size,
        imports: found.imports,
        exports: found.exports,
        manifest: found.manifest,
        fault: found.fault.map(|fault| fault.to_string()),
    };
    ctx.ui.answer(&shown, view)?;
    Ok(Exit::Ok)
}

fn view(shown: &Shown) -> View {
    let text = |key: &str| shown.manifest.as_ref().and_then(|manifest| manifest[key].as_str()).map(ToOwned::to_owned);
    let mut view = View::new()
        .maybe("Integration", text("id"))
        .maybe("Version", text("version"))
        .maybe("Title", text("title"))
        .maybe("API", text("api"))
        .field("Digest", shown.digest)
        .field("Size", format!("{} bytes", shown.size))
        .field("Imports", shown.imports.join(", "))
        .field("Exports", shown.exports.join(", "))
        .maybe("Fault", shown.fault.as_deref());
    if let Some(manifest) = &shown.manifest {
        let text = serde_json::to_string_pretty(manifest).unwrap_or_default();
        view = view.heading("Manifest").text(&text);
    }
    view
}
