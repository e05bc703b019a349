use assay_wire::{Exit, RegistrationItem};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::or_dash;
use crate::verbs::page::{self, PageArgs};

/// List registrations, by name
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay integration registered ls\n  assay integration registered ls -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let list = ctx.client()?.registrations(&args.page.paging())?;
    page::show(ctx, &list, &["NAME", "INTEGRATION", "VERSION", "STATE", "REASON", "UPDATED"], row)?;
    Ok(Exit::Ok)
}

fn row(item: &RegistrationItem) -> Vec<String> {
    vec![
        item.name.to_string(),
        item.integration.to_string(),
        item.version.clone(),
        item.state.clone(),
        or_dash(item.reason.as_ref()),
        item.updated_at.to_string(),
    ]
}
