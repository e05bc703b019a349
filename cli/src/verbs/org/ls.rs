use assay_wire::Exit;

use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::page::{self, PageArgs};

/// List organizations
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay org ls")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let list = ctx.client()?.orgs(&args.page.paging())?;
    page::show(ctx, &list, &["NAME", "CREATED"], |org| vec![org.name.to_string(), org.created_at.to_string()])?;
    Ok(Exit::Ok)
}
