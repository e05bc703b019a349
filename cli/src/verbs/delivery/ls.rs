use assay_base::{RegistrationName, RunId};
use assay_wire::{DeliveryItem, DeliveryQuery, Exit};
use clap::ValueEnum;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::or_dash;
use crate::verbs::page::{self, PageArgs};

/// The columns of a list.
pub(super) const HEADINGS: [&str; 7] = ["ID", "REGISTRATION", "RUN", "STATE", "ATTEMPTS", "NEXT ATTEMPT", "CREATED"];

/// List deliveries, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay delivery ls\n  assay delivery ls --registration audit --state dead")]
pub(crate) struct Args {
    /// To this registration
    #[arg(long, value_name = "NAME")]
    registration: Option<RegistrationName>,
    /// Of this run
    #[arg(long, value_name = "ID")]
    run: Option<RunId>,
    /// In this state
    #[arg(long)]
    state: Option<State>,
    #[command(flatten)]
    page: PageArgs,
}

/// Where a delivery is in its life.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    /// It is to be sent
    Pending,
    /// The destination took it
    Delivered,
    /// It was given up: refused for good, or tried for 24 hours
    Dead,
    /// Its attachment is gone
    Cancelled,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let query = DeliveryQuery {
        registration: args.registration.clone(),
        run: args.run,
        state: args.state.map(|state| state.as_str().to_owned()),
        limit: Some(args.page.limit),
        next: args.page.next.clone(),
    };
    let list = ctx.client()?.deliveries(&query)?;
    page::show(ctx, &list, &HEADINGS, row)?;
    Ok(Exit::Ok)
}

/// A delivery as a row of a table.
pub(super) fn row(item: &DeliveryItem) -> Vec<String> {
    vec![
        item.id.to_string(),
        item.registration.to_string(),
        item.run_id.to_string(),
        item.state.clone(),
        item.attempts.to_string(),
        or_dash(item.next_attempt_at),
        item.created_at.to_string(),
    ]
}
