use assay_base::OrgName;
use assay_wire::{Exit, NewOrg};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Make an organization, and the token of its owner, which is shown this once
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay org create acme")]
pub(crate) struct Args {
    /// Its name
    name: OrgName,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let made = ctx.client()?.create_org(&NewOrg { name: args.name.clone() })?;
    ctx.ui.answer(&made, |made| View::new().field("Name", &made.name).field("Token", &made.token))?;
    ctx.ui.note("keep the token: it is not shown again");
    Ok(Exit::Ok)
}
