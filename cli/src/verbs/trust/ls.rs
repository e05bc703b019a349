use assay_wire::{Exit, TrustKeyItem};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;
use crate::verbs::page::{self, PageArgs};

/// List the trusted keys
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay trust ls")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let list = ctx.client()?.trust_keys(&args.page.paging())?;
    page::show(ctx, &list, &["NAME", "ALGORITHM", "KEY ID", "SINCE"], |key| {
        vec![key.name.to_string(), key.algorithm.clone(), key.key_id.clone(), key.created_at.to_string()]
    })?;
    Ok(Exit::Ok)
}

/// One trusted key for people.
pub(super) fn one(key: &TrustKeyItem) -> View {
    View::new()
        .field("Name", &key.name)
        .field("Algorithm", &key.algorithm)
        .field("Key id", &key.key_id)
        .field("Since", key.created_at)
}
