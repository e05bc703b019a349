use std::sync::Arc;

use assay_builtin::BUILTINS;
use assay_plugin_host::{Builtin, PluginHost, Setup};
use assay_ports::Egress;
use assay_signer::MasterKey;
use assay_wire::Exit;

use super::DataDir;
use crate::error::CliError;

/// What the key is for that authenticates compiled components.
const PURPOSE: &str = "compiled integrations";

/// The sandbox of integrations, with those that are part of this executable.
///
/// # Errors
/// [`CliError`] when the folder of compiled components cannot be made, or the machine has no room for the sandbox.
pub(super) fn host(dir: &DataDir, master: &MasterKey, egress: Arc<dyn Egress>) -> Result<PluginHost, CliError> {
    let failed = |message| CliError::new(Exit::Unexpected, "start", message);
    let compiler =
        std::env::current_exe().map_err(|e| failed("this executable is not known by its path").because(e))?;
    let builtin = |one: &assay_builtin::Builtin| Builtin {
        digest: one.digest,
        manifest: one.manifest,
        artifact: one.artifact.clone(),
    };
    let setup = Setup {
        egress,
        builtins: BUILTINS.iter().map(builtin).collect(),
        folder: dir.plugins(),
        key: master.derive(PURPOSE),
        compiler,
    };
    PluginHost::new(setup).map_err(|e| failed("the sandbox of integrations cannot be started").because(e))
}
