use assay_base::RegistrationName;
use assay_wire::{Exit, RegistrationTest};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Tone, View};

/// Try the destination of a registration; when it takes what it is sent, deliveries that waited for it go out
///
/// Exit 0 when it does, 1 when it does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration registered test audit")]
pub(crate) struct Args {
    /// The name of the registration
    name: RegistrationName,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let tested = ctx.client()?.test_registration(&args.name)?;
    ctx.ui.answer(&tested, view)?;
    Ok(if tested.ok { Exit::Ok } else { Exit::Unexpected })
}

fn view(tested: &RegistrationTest) -> View {
    let (tone, word) = if tested.ok { (Tone::Good, "ok") } else { (Tone::Bad, "failed") };
    let view = View::new().toned(tone, word);
    if tested.message.is_empty() { view } else { view.line(&tested.message) }
}
