use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tell_cargo;
use crate::toolchain::{Library, TARGET, Toolchain};

/// Directories of the workspace whose content is in the guest.
const SOURCES: [&str; 2] = ["engine/rego-guest", "engine/rego"];

/// Variables of the outer build that describe that build and would leak into this one. Settings of the user's network and
/// home (`CARGO_HOME`, `CARGO_NET_OFFLINE`, `CARGO_HTTP_*`, `CARGO_REGISTRIES_*`) stay, and so does the job server.
const LEAKS: [&str; 12] = [
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CLIPPY",
    "TARGET",
    "HOST",
    "PROFILE",
    "OUT_DIR",
    "OPT_LEVEL",
    "DEBUG",
    "__CARGO",
];
const KEPT: [&str; 8] = [
    "CARGO_HOME",
    "CARGO_NET_",
    "CARGO_HTTP_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
    "CARGO_MAKEFLAGS",
    "CARGO_TERM_",
];

/// The guest did not compile.
#[derive(Debug, thiserror::Error)]
#[error("{cargo} failed ({status}):\n{output}")]
struct BuildFailed {
    cargo: String,
    status: std::process::ExitStatus,
    output: String,
}

/// Tells cargo what the guest is made of.
pub(crate) fn rerun_when_changed(workspace: &Path) {
    let files = ["Cargo.toml", "Cargo.lock", "engine/policy/build"];
    for path in SOURCES.iter().chain(&files) {
        tell_cargo("rerun-if-changed", workspace.join(path).display());
    }
}

/// Builds the guest and answers where the module lies.
pub(crate) fn build(toolchain: &Toolchain, workspace: &Path, target_dir: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(&toolchain.cargo);
    for (name, _) in env::vars_os() {
        if leaks(&name.to_string_lossy()) {
            cargo.env_remove(&name);
        }
    }
    cargo.args(["build", "--release", "--package", "assay-rego-guest", "--target", TARGET]);
    cargo.arg("--manifest-path").arg(workspace.join("engine/rego-guest/Cargo.toml"));
    cargo.arg("--target-dir").arg(target_dir).current_dir(workspace);
    cargo.env("RUSTC", &toolchain.rustc).env("CARGO_PROFILE_RELEASE_INCREMENTAL", "false");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(toolchain, workspace, target_dir).join("\x1f"));
    if let Library::FromSource { linker, .. } = &toolchain.library {
        cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    let output = cargo.output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let cargo = toolchain.cargo.display().to_string();
        return Err(BuildFailed { cargo, status: output.status, output: text }.into());
    }
    Ok(target_dir.join(TARGET).join("release/assay_rego_guest.wasm"))
}

/// Paths are mapped, so that the module's bytes (and its digest, which every verdict records) do not depend on where it was
/// built; the last mapping that fits counts. getrandom needs a backend to compile: there is no randomness. The guest's own
/// stack gets 4 MiB, beside the native one.
fn flags(toolchain: &Toolchain, workspace: &Path, target_dir: &Path) -> Vec<String> {
    let mut flags: Vec<String> =
        ["--cfg", "getrandom_backend=\"unsupported\"", "-Clink-arg=-zstack-size=4194304"].map(str::to_owned).into();
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let mut remap = |from: &Path, to: &str| flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    if let Some(home) = &home {
        remap(home, "/cargo");
    }
    if let Library::FromSource { source, .. } = &toolchain.library {
        remap(source, "/rust");
    }
    remap(workspace, "/assay");
    remap(target_dir, "/target");
    flags
}

fn leaks(name: &str) -> bool {
    let kept = KEPT.iter().any(|prefix| name.starts_with(prefix));
    !kept && (name.starts_with("CARGO") || LEAKS.iter().any(|prefix| name.starts_with(prefix)))
}
