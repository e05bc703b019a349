//! `assay plugin-compiler`: compiles an integration for the server, which starts it as a process of its own.

use std::io;

use assay_wire::Exit;

use crate::error::CliError;

/// Compile a component from standard input to machine code on standard output (the server starts it)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Limits this process, then compiles.
///
/// # Errors
/// [`CliError`] when the component does not compile within the limits.
pub(crate) fn run() -> Result<Exit, CliError> {
    let compiled = assay_plugin_host::compile_child(io::stdin().lock(), io::stdout().lock());
    compiled.map_err(|error| {
        CliError::new(Exit::Invalid, "component-compile", "the component does not compile").because(error)
    })?;
    Ok(Exit::Ok)
}
