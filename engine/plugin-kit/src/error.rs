use std::io;
use std::path::PathBuf;

use assay_guest_build::NoToolchain;
use assay_integration::{InputIssue, ManifestError};
use assay_pack::PackError;
use assay_plugin_host::PluginHostError;
use assay_ports::PluginError;
use assay_sandbox::Trap;

/// Why something for the author of an integration was not done.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// A new integration goes into a folder of its own.
    #[error("`{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A file or a folder.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// `read`, `write`, `make`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder is none of an integration.
    #[error("`{}` is not an integration: it has no Cargo.toml, package.json or requirements.txt", .0.display())]
    NoProject(PathBuf),
    /// A tool is not installed.
    #[error("`{tool}` does not run")]
    Tool {
        /// The tool.
        tool: String,
        /// What would install it.
        hint: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A tool was not satisfied.
    #[error("`{tool}` failed:\n{output}")]
    Failed {
        /// The tool and its arguments.
        tool: String,
        /// What it said.
        output: String,
    },
    /// A tool made nothing.
    #[error("`{tool}` made no {what}")]
    Nothing {
        /// The tool.
        tool: String,
        /// What it should have made.
        what: &'static str,
    },
    /// No Rust toolchain builds WebAssembly.
    #[error(transparent)]
    Toolchain(#[from] NoToolchain),
    /// It is no component, and does not become one.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// It does not say what it is, when nobody answers it.
    #[error("`describe` must answer without its host: {0}")]
    Describe(#[source] Trap),
    /// What it says of itself is no manifest.
    #[error("its manifest is not valid: {0}")]
    Manifest(#[source] ManifestError),
    /// The parts of a component do not parse.
    #[error("this is not a WebAssembly component: {0}")]
    Component(#[source] wasmparser::BinaryReaderError),
    /// The sandbox does not start.
    #[error("the sandbox does not start: {0}")]
    Sandbox(#[source] Box<PluginHostError>),
    /// The sandbox does not take it, or failed.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// No input could be made that the manifest takes.
    #[error("no valid input can be made: {}", said(.0))]
    Input(Vec<InputIssue>),
    /// A recorded session cannot be read.
    #[error("line {line} of the session is none: {source}")]
    Session {
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl From<PluginHostError> for KitError {
    fn from(error: PluginHostError) -> Self {
        Self::Sandbox(Box::new(error))
    }
}

impl KitError {
    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty(_) => "folder-not-empty",
            Self::File { .. } => "file",
            Self::NoProject(_) => "plugin-project",
            Self::Tool { .. } | Self::Toolchain(_) => "plugin-tool",
            Self::Failed { .. } | Self::Nothing { .. } => "plugin-build",
            Self::Pack(_) | Self::Component(_) => "component-invalid",
            Self::Describe(_) => "component-describe",
            Self::Manifest(_) => "component-manifest",
            Self::Plugin(PluginError::Refused { code, .. }) => code,
            Self::Plugin(PluginError::Size { .. }) => "component-size",
            Self::Sandbox(_) | Self::Plugin(_) => "sandbox",
            Self::Input(_) => "invalid-input",
            Self::Session { .. } => "session-invalid",
        }
    }

    /// What would help.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Tool { hint, .. } => Some(hint),
            Self::NotEmpty(_) => Some("name another folder with `--dir`"),
            Self::Input(_) => Some("give values, or write `examples` into the schema"),
            _ => None,
        }
    }
}

/// Issues in one line.
pub(crate) fn said(issues: &[InputIssue]) -> String {
    issues.iter().map(|issue| format!("{} {}", issue.pointer, issue.message)).collect::<Vec<_>>().join(", ")
}
