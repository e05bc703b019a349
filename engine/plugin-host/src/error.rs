use std::io;
use std::path::PathBuf;

use assay_base::Digest;
use assay_integration::ManifestError;
use assay_ports::PluginError;
use assay_sandbox::SandboxError;

/// Why the host does not start, or a component could not be compiled; no guest is to blame.
#[derive(Debug, thiserror::Error)]
pub enum PluginHostError {
    /// The sandbox does not start, or does not take a component.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The imports of the world could not be linked.
    #[error("the world of integrations cannot be linked")]
    Link(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The manifest of an integration that is part of the executable is wrong.
    #[error("the manifest of the built-in integration {digest} is not valid")]
    Manifest {
        /// The component.
        digest: Digest,
        /// Why.
        source: Box<ManifestError>,
    },
    /// A file of the folder of compiled components.
    #[error("cannot use {}", .path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The process that compiles could not be started or spoken to.
    #[error("the compiling process failed")]
    Compiler(#[source] io::Error),
    /// A limit of the compiling process could not be set.
    #[error("cannot limit the compiling process")]
    Limit(#[source] io::Error),
    /// The host panicked while it served a guest; what it said went to the panic hook.
    #[error("the host of the guest panicked")]
    Panicked,
}

impl From<PluginHostError> for PluginError {
    fn from(error: PluginHostError) -> Self {
        Self::Host(Box::new(error))
    }
}
