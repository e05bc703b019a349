use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::tell;

/// The machine that guests are built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A rustc (and its cargo) to be tried before all others; for machines with several.
const PREFERRED: &str = "ASSAY_GUEST_RUSTC";

/// The names under which distributions install the WebAssembly linker.
const LINKERS: [&str; 7] =
    ["wasm-ld", "wasm-ld-22", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19", "wasm-ld-18", "rust-lld"];

/// What builds a guest.
#[derive(Debug)]
pub struct Toolchain {
    /// The compiler.
    pub rustc: PathBuf,
    /// Its cargo.
    pub cargo: PathBuf,
    /// Where its standard library comes from.
    pub library: Library,
}

/// Where the standard library for WebAssembly comes from.
#[derive(Debug)]
pub enum Library {
    /// It is installed.
    Installed,
    /// It is built from its source, and linked with this linker.
    FromSource {
        /// The linker.
        linker: PathBuf,
        /// The folder of the sources.
        source: PathBuf,
    },
}

/// No toolchain can build guests.
#[derive(Debug, thiserror::Error)]
#[error(
    "no Rust toolchain here has a standard library for {TARGET}. Any one of these helps:\n  \
     rustup target add {TARGET}\n  \
     apt-get install rustc-web cargo-web rust-web-src lld-19   (Debian, Ubuntu)\n  \
     {PREFERRED}=/path/to/rustc, where another toolchain has it\n\
     looked at: {0:?}"
)]
pub struct NoToolchain(Vec<PathBuf>);

impl Toolchain {
    /// The first toolchain with an installed library, else the first that can build one from source.
    ///
    /// # Errors
    /// [`NoToolchain`], with what helps.
    pub fn find() -> Result<Self, NoToolchain> {
        tell("rerun-if-env-changed", PREFERRED);
        Self::look()
    }

    /// The same outside a build script, where nobody is told anything.
    ///
    /// # Errors
    /// [`NoToolchain`], with what helps.
    pub fn look() -> Result<Self, NoToolchain> {
        let candidates = candidates();
        let found =
            candidates.iter().find_map(Self::installed).or_else(|| candidates.iter().find_map(Self::from_source));
        found.ok_or_else(|| NoToolchain(candidates.into_iter().map(|(rustc, _)| rustc).collect()))
    }

    fn installed((rustc, cargo): &(PathBuf, PathBuf)) -> Option<Self> {
        let directory = ask(rustc, &["--print", "target-libdir", "--target", TARGET])?;
        let files = Path::new(&directory).read_dir().ok()?;
        let has_std = files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"));
        has_std.then(|| Self { rustc: rustc.clone(), cargo: cargo.clone(), library: Library::Installed })
    }

    fn from_source((rustc, cargo): &(PathBuf, PathBuf)) -> Option<Self> {
        let source = PathBuf::from(ask(rustc, &["--print", "sysroot"])?).join("lib/rustlib/src/rust");
        let library = Library::FromSource { linker: linker()?, source: source.clone() };
        let there = source.join("library/std/Cargo.toml").is_file();
        there.then(|| Self { rustc: rustc.clone(), cargo: cargo.clone(), library })
    }
}

/// The preferred rustc, the one of the outer build (without a wrapper such as clippy's), the path's, and the system's.
fn candidates() -> Vec<(PathBuf, PathBuf)> {
    let preferred = env::var_os(PREFERRED).map(PathBuf::from).map(|rustc| (rustc.with_file_name("cargo"), rustc));
    let outer = env::var_os("CARGO").zip(env::var_os("RUSTC")).map(|(cargo, rustc)| (cargo.into(), rustc.into()));
    let path = Some(("cargo".into(), "rustc".into()));
    let system = Some(("/usr/bin/cargo".into(), "/usr/bin/rustc".into()));
    let pairs = preferred.map_or_else(|| vec![outer, path, system], |preferred| vec![Some(preferred)]);
    pairs.into_iter().flatten().map(|(cargo, rustc)| (rustc, cargo)).collect()
}

fn linker() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    LINKERS.iter().find_map(|name| env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()))
}

/// What a rustc prints; nothing when it does not run.
fn ask(rustc: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(rustc).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
