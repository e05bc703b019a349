use wasmtime::{Engine, Module};

use crate::SandboxError;

/// A module that was compiled ahead of time and is part of the executable.
///
/// It is machine code that will run in this process, so its origin matters: [`embedded_artifact!`](crate::embedded_artifact)
/// makes one only from a file that the build script of the calling crate wrote.
#[derive(Debug, Clone, Copy)]
pub struct Artifact(&'static [u8]);

impl Artifact {
    /// For [`embedded_artifact!`](crate::embedded_artifact) alone.
    #[doc(hidden)]
    pub const fn from_build_script(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// Makes the machine code executable.
    pub(crate) fn load(self, engine: &Engine) -> Result<Module, SandboxError> {
        #[expect(
            unsafe_code,
            reason = "an `Artifact` holds only what `compile` wrote in a build script, as `Module::deserialize` demands"
        )]
        let module = unsafe { Module::deserialize(engine, self.0) };
        module.map_err(SandboxError::artifact)
    }
}

/// The [`Artifact`] in a file of the calling crate's `OUT_DIR`, which its build script must have made with `compile`.
#[macro_export]
macro_rules! embedded_artifact {
    ($file:literal) => {
        $crate::Artifact::from_build_script(include_bytes!(concat!(env!("OUT_DIR"), "/", $file)))
    };
}
