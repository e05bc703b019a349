//! `assay integration attached`.

mod add;
mod delete;
mod ls;

use assay_wire::{AttachmentItem, Exit};
use clap::Subcommand;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Registrations at work for workflows
#[derive(Debug, Subcommand)]
pub(crate) enum Attached {
    Add(add::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
}

pub(super) fn run(ctx: &Ctx, command: &Attached) -> Result<Exit, CliError> {
    match command {
        Attached::Add(args) => add::run(ctx, args),
        Attached::Ls(args) => ls::run(ctx, args),
        Attached::Delete(args) => delete::run(ctx, args),
    }
}

/// One attachment for people.
fn one(item: &AttachmentItem) -> View {
    let view = View::new()
        .field("Id", item.id)
        .field("Registration", &item.registration)
        .field("Integration", &item.integration)
        .field("Workflow", &item.workflow)
        .field("Project", &item.project)
        .field("Created", item.created_at);
    super::configuration(view, &item.configuration)
}
