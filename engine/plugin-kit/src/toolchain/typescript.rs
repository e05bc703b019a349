use std::path::Path;
use std::process::Command;

use super::{WORLD, read, run, scratch, tool};
use crate::KitError;

const HINT: &str = "install Node.js 20 or newer with npm: https://nodejs.org";

/// The source that the bundle begins with: jco reads it relative to the folder only when it lies directly in it.
const ENTRIES: [&str; 2] = ["index.ts", "index.js"];
const JCO: &str = "node_modules/.bin/jco";

/// A component on `QuickJS`, without asynchronous functions and without WASI.
pub(super) fn build(folder: &Path, say: &dyn Fn(&str)) -> Result<Vec<u8>, KitError> {
    if tool(folder, JCO).is_none() {
        say("installing the tools of package-lock.json");
        // It takes the versions of the lock file, too. `npm ci` refuses a registry that lacks the optional binaries of other machines.
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund"]).current_dir(folder), HINT)?;
    }
    let nothing = |what| KitError::Nothing { tool: "npm install".to_owned(), what };
    let jco = tool(folder, JCO).ok_or_else(|| nothing("jco: add `@bytecodealliance/jco` to devDependencies"))?;
    let entry = ENTRIES.into_iter().find(|entry| folder.join(entry).is_file());
    let entry = entry.ok_or_else(|| nothing("entry: the component begins with `index.ts`"))?;
    say("bundling and componentizing with jco");
    let scratch = scratch()?;
    let out = scratch.path().join("component.wasm");
    let mut command = Command::new(jco);
    command.args(["componentize", entry, "--wit", "wit", "--world-name", WORLD]);
    command.args(["--backend", "qjs", "--backend-qjs-disable-async", "--backend-qjs-stub-wasi"]);
    match tool(folder, "bundle.config.mjs") {
        Some(_) => command.args(["--bundle-config", "bundle.config.mjs"]),
        None => command.arg("--bundle"),
    };
    run(command.arg("-o").arg(&out).current_dir(folder), HINT)?;
    read(&out)
}
