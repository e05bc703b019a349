use std::path::PathBuf;

use assay_plugin_kit::{Measured, Subject, inspect, measure};
use assay_wire::Exit;

use super::conform::recorded;
use super::given::GivenArgs;
use super::local::{component, kit, local, wait};
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;
use crate::verbs::att::now;

/// Measure what a delivery costs where the network costs nothing
///
/// Every call is a fresh instance, as on a server. Exit 5 when it is slower than `--max-p50-us`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay plugin bench jira.wasm --calls 5000 --max-p50-us 500")]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    given: GivenArgs,
    /// Answers of the true destination, for a component that looks at them
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// How many deliveries
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    calls: u32,
    /// The most microseconds that half of them may take
    #[arg(long, value_name = "MICROSECONDS")]
    max_p50_us: Option<u64>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = component(ctx, &args.file)?;
    let manifest = inspect(&bytes).map_err(kit)?.manifest.unwrap_or_default();
    let (registration, attachment) = args.given.read(ctx, &manifest)?;
    let recorded = args.replay.as_deref().map(|path| recorded(ctx, path)).transpose()?;
    let subject =
        Subject { component: &bytes, registration: &registration, attachment: &attachment, recorded, now: now() };
    let local = local()?;
    let measured = wait(measure(&local, subject, args.calls))?;
    ctx.ui.answer(&measured, view)?;
    if let Some(failure) = &measured.failure {
        ctx.ui.warn(&format!("{} of {} calls failed, the first with: {failure}", measured.failed, measured.calls));
    }
    let slow = args.max_p50_us.is_some_and(|most| measured.p50_us > most);
    Ok(if slow { Exit::Unverified } else { Exit::Ok })
}

fn view(measured: &Measured) -> View {
    View::new()
        .field("Calls", measured.calls)
        .field("p50", format!("{} µs", measured.p50_us))
        .field("p99", format!("{} µs", measured.p99_us))
        .field("Processor, p50", format!("{} µs", measured.cpu_p50_us))
        .field("Memory", format!("{} KiB", measured.memory >> 10))
        .field("Failed", measured.failed)
}
