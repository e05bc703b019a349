use std::path::PathBuf;

use assay_base::Digest;
use assay_material::image::Reference;
use assay_plugin_kit::inspect;
use assay_wire::Exit;
use serde::Serialize;
use serde_json::Value;

use super::local::{component, kit};
use super::sign::beside;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::image;
use crate::system;
use crate::ui::View;

/// Push a component to a registry, with its signature
///
/// It becomes an artifact in the layout of the CNCF: one layer, application/wasm. The bundle that lies beside FILE goes with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin push jira.wasm oci://ghcr.io/example/jira:1.2.0")]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to: a repository and a tag
    #[arg(value_name = "oci://REF")]
    reference: String,
}

#[derive(Debug, Serialize)]
struct Pushed {
    reference: String,
    digest: Digest,
    component: Digest,
    size: usize,
    signed: bool,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = component(ctx, &args.file)?;
    let found = inspect(&bytes).map_err(kit)?;
    let manifest = found.manifest.filter(|_| found.fault.is_none()).ok_or_else(|| {
        CliError::new(Exit::Invalid, "component-manifest", "the component has no valid manifest")
            .hint("assay plugin pack FILE")
    })?;
    let text = args.reference.strip_prefix("oci://").unwrap_or(&args.reference);
    let reference: Reference = text.parse().map_err(|error| {
        CliError::usage(format!("`oci://{text}` does not name an artifact in a registry")).because(error)
    })?;
    let beside = ctx.cwd.join(beside(&args.file));
    let bundle = beside.is_file().then(|| files::given_bytes(&beside, Limit::BUNDLE)).transpose()?;
    let signed = bundle.is_some();
    let artifact = image::Artifact {
        component: bytes,
        bundle,
        annotations: annotations(&manifest),
        imports: found.imports,
        exports: found.exports,
    };
    let digest = system::block_on(image::push(&reference, &artifact, &ctx.env))??;
    let pushed =
        Pushed { reference: format!("oci://{text}"), digest, component: found.digest, size: found.size, signed };
    ctx.ui.answer(&pushed, |pushed| {
        View::new()
            .field("Reference", &pushed.reference)
            .field("Digest", pushed.digest)
            .field("Component", pushed.component)
            .field("Size", format!("{} bytes", pushed.size))
            .field("Signed", if pushed.signed { "yes" } else { "no" })
    })?;
    Ok(Exit::Ok)
}

/// Annotations of the OCI image specification, from the manifest of the integration.
fn annotations(manifest: &Value) -> Vec<(&'static str, String)> {
    let names = [
        ("org.opencontainers.image.title", "title"),
        ("org.opencontainers.image.version", "version"),
        ("org.opencontainers.image.description", "description"),
        ("dev.assay.integration", "id"),
    ];
    names.into_iter().filter_map(|(name, key)| Some((name, manifest[key].as_str()?.to_owned()))).collect()
}
