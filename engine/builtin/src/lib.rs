//! The integrations that are part of the executable: `plugins/*`, built, packed and compiled by this crate's build script.
//!
//! **Must not know:** what an integration does, and how one is run.

use assay_base::Digest;
use assay_sandbox::ComponentArtifact;

/// An integration that is part of the executable.
#[derive(Debug, Clone)]
pub struct Builtin {
    /// The digest of the packed component.
    pub digest: Digest,
    /// The text of its manifest: JSON.
    pub manifest: &'static str,
    /// The component, compiled ahead of time.
    pub artifact: ComponentArtifact,
}

macro_rules! builtin {
    ($id:literal) => {
        Builtin {
            digest: Digest::from_bytes(*include_bytes!(concat!(env!("OUT_DIR"), "/", $id, ".sha256"))),
            manifest: include_str!(concat!(env!("OUT_DIR"), "/", $id, ".json")),
            artifact: ComponentArtifact::from_build_script(include_bytes!(concat!(
                env!("OUT_DIR"),
                "/",
                $id,
                ".cwasm"
            ))),
        }
    };
}

/// All of them, in the order of their ids.
pub static BUILTINS: &[Builtin] = &include!(concat!(env!("OUT_DIR"), "/builtins.rs"));
