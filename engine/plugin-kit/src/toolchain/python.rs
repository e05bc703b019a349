use std::path::{Path, PathBuf};
use std::process::Command;

use super::{WORLD, read, run, scratch, tool};
use crate::KitError;

const HINT: &str = "install Python 3.10 or newer with venv and pip: https://www.python.org";
const TOOL: &str = ".venv/bin/componentize-py";

/// A component with `CPython` in it, without WASI.
pub(super) fn build(folder: &Path, say: &dyn Fn(&str)) -> Result<Vec<u8>, KitError> {
    let componentize = installed(folder, say)?;
    say("componentizing with componentize-py");
    let scratch = scratch()?;
    let out = scratch.path().join("component.wasm");
    let mut command = Command::new(componentize);
    command.args(["--wit-path", "wit", "--world", WORLD, "componentize", "app", "--stub-wasi", "--python-path", "src"]);
    run(command.arg("--output").arg(&out).current_dir(folder), HINT)?;
    read(&out)
}

fn installed(folder: &Path, say: &dyn Fn(&str)) -> Result<PathBuf, KitError> {
    if let Some(there) = tool(folder, TOOL) {
        return Ok(there);
    }
    say("installing the tools of requirements.txt into .venv");
    run(Command::new("python3").args(["-m", "venv", ".venv"]).current_dir(folder), HINT)?;
    let mut pip = Command::new(folder.join(".venv/bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", "requirements.txt"]);
    run(pip.current_dir(folder), HINT)?;
    tool(folder, TOOL).ok_or(KitError::Nothing {
        tool: "pip install".to_owned(),
        what: "componentize-py: add it to requirements.txt",
    })
}
