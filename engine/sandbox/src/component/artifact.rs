use std::borrow::Cow;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::SandboxError;

/// A component that was compiled ahead of time: machine code that will run in this process, so its origin matters.
///
/// It comes from a build script ([`embedded_component!`](crate::embedded_component)), or out of a place that others might
/// write to: then [`ComponentArtifact::authenticated`] is the promise that its bytes were checked.
#[derive(Debug, Clone)]
pub struct ComponentArtifact(Cow<'static, [u8]>);

impl ComponentArtifact {
    /// For [`embedded_component!`](crate::embedded_component) alone, and for files that a build script makes of it.
    #[doc(hidden)]
    pub const fn from_build_script(bytes: &'static [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// Bytes that [`compile_component`](crate::compile_component) made and that the caller has authenticated: by a message
    /// authentication code under a key that nobody else has, or because a child process of its own has just made them.
    ///
    /// Whoever can choose these bytes can run anything.
    pub const fn authenticated(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }

    /// Makes the machine code executable.
    pub(crate) fn load(&self, engine: &Engine) -> Result<Component, SandboxError> {
        #[expect(
            unsafe_code,
            reason = "a `ComponentArtifact` holds only what `compile_component` wrote, as `Component::deserialize` demands: \
                      its constructors say so"
        )]
        let component = unsafe { Component::deserialize(engine, &self.0) };
        component.map_err(SandboxError::artifact)
    }
}

/// The [`ComponentArtifact`] in a file of the calling crate's `OUT_DIR`, which its build script must have made with
/// `compile_component`.
#[macro_export]
macro_rules! embedded_component {
    ($file:literal) => {
        $crate::ComponentArtifact::from_build_script(include_bytes!(concat!(env!("OUT_DIR"), "/", $file)))
    };
}
