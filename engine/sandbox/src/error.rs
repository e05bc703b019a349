use std::error::Error;

/// The sandbox itself could not be set up; no guest is to blame.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Code cannot be generated for the machine that was named.
    #[error("cannot compile WebAssembly for `{target}`")]
    Target {
        /// The target triple.
        target: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The engine refuses its configuration, or the machine lacks something that the engine needs.
    #[error("the WebAssembly engine does not start")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
    /// A module does not compile.
    #[error("the WebAssembly module does not compile")]
    Compile(#[source] Box<dyn Error + Send + Sync>),
    /// An artifact of another engine version or configuration, or a damaged one.
    #[error("the compiled WebAssembly module is not one of this engine")]
    Artifact(#[source] Box<dyn Error + Send + Sync>),
    /// A module whose imports cannot be given, or that lacks an export.
    #[error("the WebAssembly module does not fit its host")]
    Link(#[source] Box<dyn Error + Send + Sync>),
    /// The operating system gives no thread or no memory.
    #[error("the operating system refuses a thread for the guest")]
    Thread(#[source] std::io::Error),
    /// Every place for an instance, a memory or a table is taken; it may be different in a moment.
    #[error("all places for guests are taken")]
    Busy,
    /// The host panicked while it served a guest; what it said went to the panic hook.
    #[error("the host of the guest panicked")]
    Panicked,
}

impl SandboxError {
    #[cfg(feature = "compiler")]
    pub(crate) fn target(target: &str, source: wasmtime::Error) -> Self {
        Self::Target { target: target.to_owned(), source: source.into() }
    }

    pub(crate) fn engine(source: wasmtime::Error) -> Self {
        Self::Engine(source.into())
    }

    #[cfg(feature = "compiler")]
    pub(crate) fn compile(source: wasmtime::Error) -> Self {
        Self::Compile(source.into())
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn artifact(source: wasmtime::Error) -> Self {
        Self::Artifact(source.into())
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn link(source: wasmtime::Error) -> Self {
        Self::Link(source.into())
    }
}
