//! `assay delivery`.

mod describe;
mod ls;
mod redeliver;
mod replay;

use assay_wire::{DeliveriesDue, Exit};
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, View};

/// Look at what was sent to other systems, and send it again
#[derive(Debug, Subcommand)]
pub(crate) enum Delivery {
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
    Redeliver(redeliver::Args),
    Replay(replay::Args),
}

/// Runs a verb of `delivery`.
///
/// # Errors
/// [`CliError`] of the verb.
pub(crate) fn run(ctx: &Ctx, command: &Delivery) -> Result<Exit, CliError> {
    match command {
        Delivery::Ls(args) => ls::run(ctx, args),
        Delivery::Describe(args) => describe::run(ctx, args),
        Delivery::Redeliver(args) => redeliver::run(ctx, args),
        Delivery::Replay(args) => replay::run(ctx, args),
    }
}

/// The deliveries that were made due, for people.
fn due(due: &DeliveriesDue) -> View {
    if due.items.is_empty() {
        return View::new().line("nothing to send");
    }
    let mut table = Table::new(&ls::HEADINGS);
    due.items.iter().for_each(|item| table.row(ls::row(item)));
    View::new().table(table)
}
