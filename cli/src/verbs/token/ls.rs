use assay_wire::{Exit, TokenItem};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::or_dash;
use crate::verbs::page::{self, PageArgs};

/// List tokens, without their text
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay token ls")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let list = ctx.client()?.tokens(&args.page.paging())?;
    page::show(ctx, &list, &["NAME", "ROLE", "PROJECT", "CREATED", "EXPIRES", "LAST USED"], row)?;
    Ok(Exit::Ok)
}

fn row(token: &TokenItem) -> Vec<String> {
    vec![
        token.name.to_string(),
        token.role.clone(),
        or_dash(token.project.as_ref()),
        token.created_at.to_string(),
        or_dash(token.expires_at),
        or_dash(token.last_used_at),
    ]
}
