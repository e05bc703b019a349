use std::env;
use std::error::Error;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// A variable that cargo sets for build scripts (the Cargo book, "Environment Variables").
///
/// # Errors
/// A sentence with the variable's name, when the program was not started by cargo.
pub fn variable(name: &'static str) -> Result<String, Box<dyn Error>> {
    env::var(name).map_err(|error| format!("cargo sets {name}: {error}").into())
}

/// The root of the workspace: two levels above the crate whose script this is.
///
/// # Errors
/// A sentence, when there is none.
pub fn workspace() -> Result<PathBuf, Box<dyn Error>> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    Ok(crate_dir.ancestors().nth(2).ok_or("the crate is not in its workspace")?.to_path_buf())
}

/// `guest` in the outer target directory, so that builds, tests and lints share it and it outlives a change of a script;
/// in `OUT_DIR` (`out`) where that is not found. Never the outer directory itself: the outer cargo holds its lock.
pub fn target_dir(out: &Path) -> PathBuf {
    let tagged = out.ancestors().skip(1).find(|dir| dir.join("CACHEDIR.TAG").is_file());
    // Cargo tags only what it made itself: TARGET/PROFILE/build/PACKAGE/out.
    let laid_out = || {
        let build = out.ancestors().nth(2).filter(|dir| dir.ends_with("build"))?;
        build.ancestors().nth(2)
    };
    tagged.or_else(laid_out).unwrap_or(out).join("guest")
}

/// Has cargo run the script again when one of these files or directories of the workspace changes.
pub fn rerun_if_changed(workspace: &Path, paths: &[&str]) {
    for path in paths {
        tell("rerun-if-changed", workspace.join(path).display());
    }
}

/// Tells cargo something (the Cargo book, "Build Scripts": lines on standard output that begin with `cargo::`).
#[expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]
pub(crate) fn tell(key: &str, value: impl Display) {
    println!("cargo::{key}={value}");
}

/// Says on standard error why something (`the Rego guest`) could not be built, with every cause.
#[expect(clippy::print_stderr, reason = "what a failing build script writes there is what cargo shows")]
pub fn report(what: &str, error: &dyn Error) {
    eprintln!("\n{what} could not be built: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because {cause}");
        source = cause.source();
    }
}
