use std::path::PathBuf;
use std::sync::Arc;

use assay_egress::{Broker, Policy};
use assay_plugin_kit::{Workbench, check};
use assay_wire::Exit;

use super::local::{answer, component, local, wait};
use crate::context::Ctx;
use crate::error::CliError;
use crate::system::SystemClock;

/// Look whether a server would take a component
///
/// Nothing is called but `describe`. Exit 5 when something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin check jira.wasm -o json")]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = component(ctx, &args.file)?;
    let local = local()?;
    let points = wait(async {
        let egress = Arc::new(Broker::new(Policy::default(), Arc::new(SystemClock)));
        Ok(check(&Workbench::new(egress, &local)?, &bytes).await)
    })?;
    answer(ctx, &points)
}
