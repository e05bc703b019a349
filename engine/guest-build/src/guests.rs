use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::rerun_if_changed;
use crate::toolchain::{Library, TARGET, Toolchain};

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

/// Files of the workspace that every guest depends on.
const COMMON: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// Packages of the workspace that are built together: each one a `cdylib` that becomes a core module.
#[derive(Debug, Clone)]
pub struct Guests<'a> {
    /// The names of the packages.
    pub packages: Vec<String>,
    /// The directories of the workspace whose content is in the modules.
    pub sources: &'a [&'a str],
    /// The level of optimization, as profiles of cargo have it; the workspace's own when there is none.
    pub opt_level: Option<&'a str>,
    /// The modules' own stack in bytes, beside the native one; the linker's default, 1 MiB, when there is none.
    pub stack: Option<u32>,
}

/// The guests did not compile.
#[derive(Debug, thiserror::Error)]
#[error("{cargo} failed ({status}):\n{output}")]
pub struct BuildFailed {
    cargo: String,
    status: std::process::ExitStatus,
    output: String,
}

impl Guests<'_> {
    /// Builds them and answers where the modules lie, in the order of the packages. Tells cargo what they are made of.
    ///
    /// # Errors
    /// [`BuildFailed`] with what cargo said, [`NoToolchain`](crate::NoToolchain), or that cargo does not run.
    pub fn build(&self, workspace: &Path, target_dir: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
        rerun_if_changed(workspace, self.sources);
        rerun_if_changed(workspace, &COMMON);
        let toolchain = Toolchain::find()?;
        let output = self.command(&toolchain, workspace, target_dir).output()?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let cargo = toolchain.cargo.display().to_string();
            return Err(BuildFailed { cargo, status: output.status, output: text }.into());
        }
        let folder = target_dir.join(TARGET).join("release");
        let module = |package: &String| folder.join(package.replace('-', "_")).with_extension("wasm");
        Ok(self.packages.iter().map(module).collect())
    }

    fn command(&self, toolchain: &Toolchain, workspace: &Path, target_dir: &Path) -> Command {
        let mut cargo = Command::new(&toolchain.cargo);
        for (name, _) in env::vars_os() {
            if leaks(&name.to_string_lossy()) {
                cargo.env_remove(&name);
            }
        }
        cargo.args(["build", "--release", "--lib", "--target", TARGET]);
        for package in &self.packages {
            cargo.args(["--package", package]);
        }
        cargo.arg("--manifest-path").arg(workspace.join("Cargo.toml"));
        cargo.arg("--target-dir").arg(target_dir).current_dir(workspace);
        cargo.env("RUSTC", &toolchain.rustc).env("CARGO_PROFILE_RELEASE_INCREMENTAL", "false");
        if let Some(level) = self.opt_level {
            cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level);
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", self.flags(toolchain, workspace, target_dir).join("\x1f"));
        if let Library::FromSource { linker, .. } = &toolchain.library {
            cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        cargo
    }

    /// Paths are mapped, so that a module's bytes (and its digest, which is written into records) do not depend on where it
    /// was built; the last mapping that fits counts. getrandom needs a backend to compile: there is no randomness.
    fn flags(&self, toolchain: &Toolchain, workspace: &Path, target_dir: &Path) -> Vec<String> {
        let mut flags = vec!["--cfg".to_owned(), "getrandom_backend=\"unsupported\"".to_owned()];
        flags.extend(self.stack.map(|bytes| format!("-Clink-arg=-zstack-size={bytes}")));
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
}

fn leaks(name: &str) -> bool {
    let kept = KEPT.iter().any(|prefix| name.starts_with(prefix));
    !kept && (name.starts_with("CARGO") || LEAKS.iter().any(|prefix| name.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_the_outer_build_stays_outside() {
        let cases = [
            ("CARGO_ENCODED_RUSTFLAGS", true),
            ("CARGO_PKG_NAME", true),
            ("RUSTC_WRAPPER", true),
            ("OUT_DIR", true),
            ("CARGO_HOME", false),
            ("CARGO_NET_OFFLINE", false),
            ("CARGO_MAKEFLAGS", false),
            ("PATH", false),
        ];
        for (name, expected) in cases {
            assert_eq!(leaks(name), expected, "{name}");
        }
    }
}
