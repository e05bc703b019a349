use std::path::PathBuf;
use std::sync::Arc;

use assay_base::{Digest, Secret};
use assay_integration::Bound;
use assay_plugin_host::{PluginHost, Setup};
use assay_ports::{
    CallReport, Egress, Function, Installable, PluginCall, PluginError, PluginRuntime as _, PluginState,
};
use bytes::Bytes;
use serde_json::Value;
use tempfile::TempDir;

use crate::KitError;

/// What a sandbox needs of its surroundings.
#[derive(Debug, Clone)]
pub struct Local {
    /// An executable whose sub-command `plugin-compiler` runs `assay_plugin_host::compile_child`.
    pub compiler: PathBuf,
    /// Any key: what it authenticates lives as long as a workbench does.
    pub key: Secret<[u8; 32]>,
}

/// The sandbox that integrations run in, with a way out of the author's choice. What it compiles goes when it goes.
pub struct Workbench {
    host: PluginHost,
    _folder: TempDir,
}

/// One call on a workbench.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The component.
    pub component: Digest,
    /// Which function.
    pub function: Function,
    /// The context document.
    pub context: Value,
    /// What it may use.
    pub bound: Bound,
}

impl Workbench {
    /// Starts one.
    ///
    /// # Errors
    /// [`KitError::File`], [`KitError::Sandbox`].
    pub fn new(egress: Arc<dyn Egress>, local: &Local) -> Result<Self, KitError> {
        let folder = tempfile::tempdir().map_err(|source| KitError::File {
            action: "make",
            path: std::env::temp_dir(),
            source,
        })?;
        let Local { compiler, key } = local.clone();
        let setup = Setup { egress, builtins: vec![], folder: folder.path().to_owned(), key, compiler };
        Ok(Self { host: PluginHost::new(setup)?, _folder: folder })
    }

    /// Takes a component in, as a server does.
    ///
    /// # Errors
    /// [`PluginError`].
    pub async fn install(&self, component: &[u8]) -> Result<Installable, PluginError> {
        self.host.install(Bytes::copy_from_slice(component)).await
    }

    /// Calls it.
    ///
    /// # Errors
    /// [`PluginError`] of the sandbox itself.
    pub async fn call(&self, trial: Trial, state: Arc<dyn PluginState>) -> Result<CallReport, PluginError> {
        let Trial { component, function, context, bound } = trial;
        self.host.call(PluginCall { component, function, context, bound, pool: "trial".to_owned(), state }).await
    }
}

impl std::fmt::Debug for Workbench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbench").finish_non_exhaustive()
    }
}
