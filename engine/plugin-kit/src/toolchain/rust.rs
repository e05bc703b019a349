use std::path::{Path, PathBuf};
use std::process::Command;

use assay_guest_build::{Library, TARGET, Toolchain};
use serde_json::Value;

use super::{read, run};
use crate::KitError;

/// A core module without WASI for `wasm32-unknown-unknown`: it imports what it uses of the world and nothing else.
pub(super) fn build(folder: &Path, say: &dyn Fn(&str)) -> Result<Vec<u8>, KitError> {
    let toolchain = Toolchain::look()?;
    say("compiling with cargo");
    let mut cargo = Command::new(&toolchain.cargo);
    cargo.args(["build", "--release", "--lib", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    cargo.current_dir(folder).env_remove("RUSTFLAGS").env("RUSTC", &toolchain.rustc);
    // getrandom does not compile without a backend, and there is no randomness.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "--cfg\x1fgetrandom_backend=\"unsupported\"");
    if let Library::FromSource { linker, .. } = &toolchain.library {
        cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    let said = run(&mut cargo, "install Rust: https://rustup.rs")?;
    let module = module(&said).ok_or(KitError::Nothing {
        tool: "cargo build --lib".to_owned(),
        what: "module: the crate's type must be `cdylib`",
    })?;
    read(&module)
}

/// The last module that cargo says it made: dependencies come before what depends on them.
fn module(said: &[u8]) -> Option<PathBuf> {
    let text = String::from_utf8_lossy(said);
    let messages = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let files = messages.filter(|message| message["reason"] == "compiler-artifact").flat_map(|message| {
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        files.into_iter().filter_map(|file| file.as_str().map(PathBuf::from))
    });
    files.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_found_among_what_cargo_says() {
        let said = br#"{"reason":"compiler-artifact","filenames":["/t/a.wasm"]}
{"reason":"compiler-artifact","filenames":["/t/libb.rlib","/t/b.wasm"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(module(said), Some(PathBuf::from("/t/b.wasm")));
        assert_eq!(module(b""), None);
    }
}
