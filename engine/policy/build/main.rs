//! Builds the Rego guest for `wasm32-unknown-unknown`, compiles it ahead of time for the generic processor of the target, and
//! leaves in `OUT_DIR`: `guest.cwasm`, the machine code; `guest.sha256`, the 32 bytes of the digest of the module.

mod guest;
mod toolchain;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use sha2::{Digest as _, Sha256};

use crate::toolchain::Toolchain;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let workspace = crate_dir.ancestors().nth(2).ok_or("the crate is not in its workspace")?.to_path_buf();
    guest::rerun_when_changed(&workspace);
    let toolchain = Toolchain::find()?;
    let module = fs::read(guest::build(&toolchain, &workspace, &target_dir(&out))?)?;
    let code = assay_sandbox::compile(&module, &variable("TARGET")?)?;
    fs::write(out.join("guest.cwasm"), code)?;
    fs::write(out.join("guest.sha256"), Sha256::digest(&module))?;
    Ok(())
}

fn variable(name: &'static str) -> Result<String, Box<dyn Error>> {
    env::var(name).map_err(|error| format!("cargo sets {name}: {error}").into())
}

/// `guest` in the outer target directory, so that builds, tests and lints share it and it outlives a change of this script;
/// in `OUT_DIR` where that is not found. Never the outer directory itself: the outer cargo holds its lock.
fn target_dir(out: &Path) -> PathBuf {
    let tagged = out.ancestors().skip(1).find(|dir| dir.join("CACHEDIR.TAG").is_file());
    // Cargo tags only what it made itself: TARGET/PROFILE/build/PACKAGE/out.
    let laid_out = || {
        let build = out.ancestors().nth(2).filter(|dir| dir.ends_with("build"))?;
        build.ancestors().nth(2)
    };
    tagged.or_else(laid_out).unwrap_or(out).join("guest")
}

/// Tells cargo something (the Cargo book, "Build Scripts": lines on standard output that begin with `cargo::`).
#[expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]
fn tell_cargo(key: &str, value: impl std::fmt::Display) {
    println!("cargo::{key}={value}");
}

#[expect(clippy::print_stderr, reason = "what a failing build script writes there is what cargo shows")]
fn report(error: &dyn Error) {
    eprintln!("\nthe Rego guest could not be built: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because {cause}");
        source = cause.source();
    }
}
