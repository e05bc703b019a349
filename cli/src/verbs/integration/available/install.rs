use std::ffi::OsString;
use std::path::Path;

use assay_material::image::Reference;
use assay_wire::{Exit, InstallQuery};
use bytes::Bytes;

use super::ls::one;
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::image;
use crate::system;

/// Install a component, in the place of another one of its id
///
/// It must be signed by a key that is trusted (`assay trust add`): the signature of FILE is in FILE.sigstore.json, that
/// of an artifact in a registry is pulled with it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay integration available install jira.wasm\n  assay integration available install oci://ghcr.io/example/jira:1.2.0\n  assay integration available install target/jira.wasm --allow-unsigned"
)]
pub(crate) struct Args {
    /// The component: a file, or an artifact in a registry
    #[arg(value_name = "FILE|oci://REF")]
    component: OsString,
    /// Take one that nobody signed whom you trust
    #[arg(long)]
    allow_unsigned: bool,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let reference = args.component.to_str().and_then(|text| text.strip_prefix("oci://"));
    let (component, bundle) = match reference {
        Some(reference) => pull(ctx, reference)?,
        None => read(Path::new(&args.component))?,
    };
    let query = InstallQuery { allow_unsigned: args.allow_unsigned };
    let installed = ctx.client()?.install_integration(&component, bundle.as_deref(), &query)?;
    ctx.ui.answer(&installed, one)?;
    Ok(Exit::Ok)
}

/// The component in a file, and the bundle beside it.
fn read(path: &Path) -> Result<(Bytes, Option<Vec<u8>>), CliError> {
    let component = files::given_bytes(path, Limit::COMPONENT)?;
    let mut name = path.as_os_str().to_owned();
    name.push(".sigstore.json");
    let beside = Path::new(&name);
    let bundle = beside.is_file().then(|| files::given_bytes(beside, Limit::BUNDLE)).transpose()?;
    Ok((component.into(), bundle))
}

/// The component of an artifact, and the bundle that came with it.
fn pull(ctx: &Ctx, text: &str) -> Result<(Bytes, Option<Vec<u8>>), CliError> {
    let reference: Reference = text.parse().map_err(|error| {
        CliError::usage(format!("`oci://{text}` does not name an artifact in a registry")).because(error)
    })?;
    let pulled = system::block_on(image::component(&reference, &ctx.env))??;
    Ok((pulled.component.into(), pulled.bundle))
}
