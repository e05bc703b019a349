//! The sandbox on this machine, and what its errors are on the command line.

use std::path::Path;

use assay_base::{Entropy as _, Secret};
use assay_plugin_kit::{KitError, Local, Point, Points};
use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::system::SystemEntropy;
use crate::ui::{Table, View};

/// What a sandbox needs of its surroundings: this executable, as its compiler.
///
/// # Errors
/// [`CliError`] when this executable is not known by its path.
pub(super) fn local() -> Result<Local, CliError> {
    let compiler = std::env::current_exe().map_err(|error| {
        CliError::new(Exit::Unexpected, "start", "this executable is not known by its path").because(error)
    })?;
    let mut key = [0; 32];
    SystemEntropy.fill(&mut key);
    Ok(Local { compiler, key: Secret::new(key) })
}

/// The component in a file.
///
/// # Errors
/// [`CliError`] with exit 2 when it cannot be read or is too large.
pub(super) fn component(ctx: &Ctx, path: &Path) -> Result<Vec<u8>, CliError> {
    files::given_bytes(&ctx.cwd.join(path), Limit::COMPONENT)
}

/// Runs work of the sandbox, whose calls have threads of their own, until the user interrupts it.
///
/// # Errors
/// [`CliError`] of the runtime, with exit 130 when it is interrupted, or of the work.
pub(super) fn wait<T>(work: impl Future<Output = Result<T, KitError>>) -> Result<T, CliError> {
    let failed = |error| CliError::new(Exit::Unexpected, "runtime", "cannot start the runtime").because(error);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = work => done.map_err(kit),
            _ = tokio::signal::ctrl_c() => Err(CliError::new(Exit::Interrupted, "interrupted", "interrupted")),
        }
    });
    runtime.shutdown_background();
    done
}

/// An error of the kit: what the author can mend is invalid, the rest is unexpected.
pub(super) fn kit(error: KitError) -> CliError {
    let exit = match &error {
        KitError::Sandbox(_) | KitError::File { .. } => Exit::Unexpected,
        KitError::NotEmpty(_) => Exit::Conflict,
        _ => Exit::Invalid,
    };
    let (code, hint) = (error.code(), error.hint());
    let told = CliError::new(exit, code, error.to_string()).because(error);
    match hint {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

/// Prints points, and is 0 when all of them are right, 5 otherwise.
///
/// # Errors
/// [`CliError`] when standard output cannot be written.
pub(super) fn answer(ctx: &Ctx, points: &Points) -> Result<Exit, CliError> {
    ctx.ui.answer(points, |points| {
        let mut table = Table::new(&["POINT", "", "MESSAGE"]);
        for Point { name, ok, message } in &points.points {
            let word = if *ok { "ok" } else { "failed" };
            table.row([(*name).to_owned(), word.to_owned(), message.clone()]);
        }
        View::new().table(table)
    })?;
    Ok(if points.ok { Exit::Ok } else { Exit::Unverified })
}
