//! The compiling process for the tests of this crate: what `assay plugin-compiler` is for the executable.

use std::io::{stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match assay_plugin_host::compile_child(stdin().lock(), stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "what the compiling process says is read by its parent")]
fn report(error: &dyn std::error::Error) {
    eprintln!("{error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("{cause}");
        source = cause.source();
    }
}
