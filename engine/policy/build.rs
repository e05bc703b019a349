//! Builds the Rego guest for `wasm32-unknown-unknown`, compiles it ahead of time for the generic processor of the target, and
//! leaves in `OUT_DIR`: `guest.cwasm`, the machine code; `guest.sha256`, the 32 bytes of the digest of the module.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use assay_guest_build::{Guests, report, target_dir, variable, workspace};
use sha2::{Digest as _, Sha256};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report("the Rego guest", error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let out = variable("OUT_DIR")?;
    let out = Path::new(&out);
    let guests = Guests {
        packages: vec!["assay-rego-guest".to_owned()],
        sources: &["engine/rego-guest", "engine/rego"],
        opt_level: None,
        stack: Some(4 << 20),
    };
    for path in guests.build(&workspace()?, &target_dir(out))? {
        let module = fs::read(path)?;
        fs::write(out.join("guest.cwasm"), assay_sandbox::compile(&module, &variable("TARGET")?)?)?;
        fs::write(out.join("guest.sha256"), Sha256::digest(&module))?;
    }
    Ok(())
}
