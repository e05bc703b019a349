use assay_wire::{Exit, IntegrationItem};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;
use crate::verbs::page::{self, PageArgs};

/// List the integrations that can be registered
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration available ls\n  assay integration available ls -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let list = ctx.client()?.integrations(&args.page.paging())?;
    page::show(ctx, &list, &["ID", "VERSION", "SOURCE", "TITLE"], |item| {
        vec![item.id.to_string(), item.version.clone(), item.source.clone(), item.title.clone()]
    })?;
    Ok(Exit::Ok)
}

/// One integration for people.
pub(super) fn one(item: &IntegrationItem) -> View {
    View::new()
        .field("Id", &item.id)
        .field("Title", &item.title)
        .field("Version", &item.version)
        .field("Source", &item.source)
        .field("Digest", item.digest)
}
