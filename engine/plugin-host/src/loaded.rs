use assay_sandbox::{ComponentArtifact, ComponentSandbox, Hosted, SandboxError};
use wasmtime::component::{InstancePre, Linker};

use crate::bindings::exports::assay::integration::{handler, lifecycle};
use crate::call::Call;

/// The interfaces that a component may import, in any version of the track 0.1.
const INTERFACES: [&str; 6] = ["types", "blob", "log", "http", "smtp", "state"];
const PACKAGE: &str = "assay:integration/";
const TRACK: &str = "0.1.";

/// The imports of the world, linked once.
pub(crate) struct World(pub(crate) Linker<Hosted<Call>>);

/// A component whose imports are given and whose exports were found: each call makes an instance of it.
pub(crate) struct Loaded {
    pub(crate) instance: InstancePre<Hosted<Call>>,
    pub(crate) handler: handler::GuestIndices,
    pub(crate) lifecycle: Option<lifecycle::GuestIndices>,
    bytes: usize,
}

/// Why a component was not loaded.
#[derive(Debug)]
pub(crate) enum NotLoaded {
    /// It wants what the world does not have: what.
    Imports(String),
    /// It is no integration.
    Exports,
    /// The sandbox does not take it.
    Sandbox(SandboxError),
}

impl World {
    /// Loads a compiled component and checks that it fits.
    pub(crate) fn load(&self, sandbox: &ComponentSandbox, artifact: &ComponentArtifact) -> Result<Loaded, NotLoaded> {
        let compiled = sandbox.load(artifact).map_err(NotLoaded::Sandbox)?;
        if let Some(foreign) = compiled.imports().iter().find(|name| !is_of_the_world(name)) {
            return Err(NotLoaded::Imports(format!("it imports `{foreign}`, which the world does not have")));
        }
        let instance = self.0.instantiate_pre(compiled.component());
        let instance = instance.map_err(|error| NotLoaded::Imports(format!("it does not fit the world: {error:#}")))?;
        let handler = handler::GuestIndices::new(&instance).map_err(|_| NotLoaded::Exports)?;
        // Other exports, which some languages add, are never called.
        let lifecycle = lifecycle::GuestIndices::new(&instance).ok();
        let bytes = compiled.bytes();
        Ok(Loaded { instance, handler, lifecycle, bytes })
    }
}

impl Loaded {
    /// Bytes of its machine code.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

fn is_of_the_world(import: &str) -> bool {
    let Some((interface, version)) = import.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    INTERFACES.contains(&interface) && version.strip_prefix(TRACK).is_some_and(|patch| patch.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_world_may_be_imported() {
        let cases = [
            ("assay:integration/http@0.1.0", true),
            ("assay:integration/blob@0.1.7", true),
            ("assay:integration/http@0.2.0", false),
            ("assay:integration/http@0.1.0-rc", false),
            ("assay:integration/http", false),
            ("assay:integration/vault@0.1.0", false),
            ("assay:integration/handler@0.1.0", false),
            ("wasi:sockets/tcp@0.2.0", false),
            ("wasi:http/outgoing-handler@0.2.0", false),
            ("env", false),
        ];
        for (name, fits) in cases {
            assert_eq!(is_of_the_world(name), fits, "{name}");
        }
    }
}
