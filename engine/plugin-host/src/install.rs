use std::sync::Arc;

use assay_base::Digest;
use assay_integration::Manifest;
use assay_ports::{Installable, PluginError};
use assay_sandbox::ComponentArtifact;
use bytes::Bytes;

use crate::PluginHostError;
use crate::compiler::{COMPONENT_BYTES, NotCompiled, compile};
use crate::host::Inner;
use crate::loaded::NotLoaded;
use crate::section::{ManifestSection, manifest_section};

/// Takes a component in: reads its manifest, compiles it in a process of its own, checks what it imports and exports, and
/// keeps the machine code. Nothing of the component runs.
pub(crate) async fn install(host: &Arc<Inner>, component: Bytes) -> Result<Installable, PluginError> {
    if component.len() > COMPONENT_BYTES {
        return Err(PluginError::Size { size: component.len(), limit: COMPONENT_BYTES });
    }
    let text = text(&component)?.to_owned();
    let manifest = Manifest::parse(&text).map_err(|error| refused("component-manifest", error.to_string()))?;
    let digest = Digest::of(&component);
    if host.find(digest).await?.is_none() {
        let _turn = host.compiling.acquire().await.map_err(|error| PluginError::Host(Box::new(error)))?;
        // Whoever had the turn before may have compiled the same.
        if host.find(digest).await?.is_none() {
            let host = Arc::clone(host);
            let taken = tokio::task::spawn_blocking(move || take(&host, digest, &component)).await;
            taken.map_err(|_| PluginHostError::Panicked)??;
        }
    }
    Ok(Installable { digest, manifest: Arc::new(manifest), text })
}

/// The text of the manifest.
fn text(component: &[u8]) -> Result<&str, PluginError> {
    let (code, reason) = match manifest_section(component) {
        ManifestSection::Found(text) => return Ok(text),
        ManifestSection::Missing => ("component-manifest", "it has no section `assay:manifest`: it must be packed"),
        ManifestSection::Ambiguous => ("component-manifest", "it has more than one section `assay:manifest`"),
        ManifestSection::NotText => ("component-manifest", "its section `assay:manifest` is not UTF-8"),
        ManifestSection::NoComponent => ("component-invalid", "this is not a WebAssembly component"),
    };
    Err(refused(code, reason))
}

/// Compiles, checks and keeps. Blocks.
fn take(host: &Inner, digest: Digest, component: &[u8]) -> Result<(), PluginError> {
    let code = compile(&host.compiler, host.artifacts.folder(), component).map_err(|error| match error {
        NotCompiled::Refused(reason) => refused("component-compile", reason),
        NotCompiled::Host(error) => error.into(),
    })?;
    let artifact = ComponentArtifact::authenticated(code.clone());
    let loaded = host.world.load(&host.sandbox, &artifact).map_err(|error| match error {
        NotLoaded::Imports(reason) => refused("component-imports", reason),
        NotLoaded::Exports => {
            refused("component-exports", "it does not export `assay:integration/handler@0.1.0` as the world says")
        }
        NotLoaded::Sandbox(error) => refused("component-compile", format!("the sandbox does not take it: {error}")),
    })?;
    host.artifacts.write(digest, &code)?;
    host.keep(digest, loaded);
    Ok(())
}

fn refused(code: &'static str, reason: impl Into<String>) -> PluginError {
    PluginError::Refused { code, reason: reason.into() }
}
