//! `assay integration registered`.

mod add;
mod delete;
mod describe;
mod ls;
mod test;
mod update;

use assay_wire::{Exit, RegistrationItem};
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Tone, View, or_dash};

/// Integrations with what it takes to reach a system: addresses and credentials
#[derive(Debug, Subcommand)]
pub(crate) enum Registered {
    Add(add::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "show")]
    Describe(describe::Args),
    Update(update::Args),
    Test(test::Args),
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
}

pub(super) fn run(ctx: &Ctx, command: &Registered) -> Result<Exit, CliError> {
    match command {
        Registered::Add(args) => add::run(ctx, args),
        Registered::Ls(args) => ls::run(ctx, args),
        Registered::Describe(args) => describe::run(ctx, args),
        Registered::Update(args) => update::run(ctx, args),
        Registered::Test(args) => test::run(ctx, args),
        Registered::Delete(args) => delete::run(ctx, args),
    }
}

/// One registration for people.
fn one(item: &RegistrationItem) -> View {
    let view = View::new()
        .field("Name", &item.name)
        .field("Integration", &item.integration)
        .field("Version", &item.version)
        .toned_field("State", Tone::of_status(&item.state), &item.state);
    let view = match &item.reason {
        Some(reason) => view.field("Reason", reason),
        None => view,
    };
    let view = view
        .field("Description", or_dash(item.description.as_ref()))
        .field("Created", item.created_at)
        .field("Updated", item.updated_at);
    super::configuration(view, &item.configuration)
}
