//! The one executable: parses the command line, reads the configuration, runs one verb, and ends with its exit code.
//!
//! **Must not know:** how evidence is parsed, judged, signed or stored: it puts the crates that do together.

mod address;
mod cli;
mod client;
mod compose;
mod config;
mod context;
mod error;
mod evidence;
mod files;
mod git;
mod image;
mod runners;
mod state;
mod system;
#[cfg(test)]
mod tests;
mod ui;
mod verbs;

use std::ffi::OsString;
use std::process::ExitCode;

use assay_wire::Exit;
use clap::Parser;

use crate::cli::{Cli, GlobalArgs};
use crate::config::Environment;
use crate::context::Ctx;
use crate::ui::{Colour, Format};

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match Cli::try_parse_from(&args) {
        Ok(cli) => ExitCode::from(run(cli).code()),
        Err(error) => ExitCode::from(misused(&error, &args).code()),
    }
}

fn run(cli: Cli) -> Exit {
    let env = Environment::of_process();
    let ui = cli.globals.ui(colour(&env));
    let outcome = cli
        .command
        .accept(ui.format())
        .and_then(|()| Ctx::new(ui, cli.globals, env))
        .and_then(|ctx| cli.command.run(&ctx));
    outcome.unwrap_or_else(|error| {
        ui.error(&error);
        error.exit()
    })
}

/// Tells what clap has to say: help on standard output, mistakes on standard error.
fn misused(error: &clap::Error, args: &[OsString]) -> Exit {
    // Nothing is left to do when even this cannot be written.
    drop(error.print());
    if !error.use_stderr() {
        return Exit::Ok;
    }
    if let Some(usage) = cli::usage_error(error, args) {
        let globals = GlobalArgs { format: Some(Format::Json), ..GlobalArgs::default() };
        drop(globals.ui(Colour::Never).json(&usage.json_form()));
    }
    Exit::Invalid
}

/// <https://no-color.org>, and terminals that cannot.
fn colour(env: &Environment) -> Colour {
    let never = env.get("NO_COLOR").is_some() || env.get("TERM") == Some("dumb");
    if never { Colour::Never } else { Colour::Auto }
}
