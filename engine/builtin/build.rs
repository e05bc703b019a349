//! Builds the integrations that are part of the executable, each one as a stranger's would be: a core module, a component, what
//! `describe` answers when nothing else answers, the manifest in its section, machine code.
//!
//! `OUT_DIR` then has for each `ID.cwasm`, `ID.json` (the manifest) and `ID.sha256` (the 32 bytes of the digest of the
//! packed component), and `builtins.rs`, the list of them.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use assay_guest_build::{Guests, report, target_dir, variable, workspace};
use sha2::{Digest as _, Sha256};

/// The integrations: folders of `plugins/`, whose packages are called `assay-plugin-ID`.
const INTEGRATIONS: &[&str] = &["dependency-track", "discord-webhook", "guac", "slack-webhook", "smtp", "webhook"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report("the integrations", error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let out = variable("OUT_DIR")?;
    let out = Path::new(&out);
    let guests = Guests {
        packages: INTEGRATIONS.iter().map(|id| format!("assay-plugin-{id}")).collect(),
        sources: &["sdk-plugin/Cargo.toml", "sdk-plugin/src", "sdk-plugin/wit", "plugins"],
        // Small ones load quickly, and none of them computes.
        opt_level: Some("s"),
        stack: None,
    };
    let modules = guests.build(&workspace()?, &target_dir(out))?;
    for (id, module) in INTEGRATIONS.iter().zip(modules) {
        pack(id, &fs::read(module)?, out).map_err(|source| Unpacked { id, source })?;
    }
    let list: Vec<_> = INTEGRATIONS.iter().map(|id| format!("builtin!({id:?})")).collect();
    fs::write(out.join("builtins.rs"), format!("[{}]", list.join(", ")))?;
    Ok(())
}

fn pack(id: &str, module: &[u8], out: &Path) -> Result<(), Box<dyn Error>> {
    let component = assay_pack::component(module)?;
    let manifest = assay_sandbox::describe(&component)?;
    let packed = assay_pack::embed(&component, &manifest)?;
    let code = assay_sandbox::compile_component(&packed, &variable("TARGET")?)?;
    let write = |extension: &str, bytes: &[u8]| fs::write(out.join(id).with_extension(extension), bytes);
    write("cwasm", &code)?;
    write("json", manifest.as_bytes())?;
    write("sha256", &Sha256::digest(&packed))?;
    Ok(())
}

/// An integration that did not pass.
#[derive(Debug)]
struct Unpacked {
    id: &'static str,
    source: Box<dyn Error>,
}

impl std::fmt::Display for Unpacked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` cannot be packed", self.id)
    }
}

impl Error for Unpacked {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
