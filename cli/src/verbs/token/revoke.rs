use assay_base::TokenName;
use assay_wire::Exit;
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// End a token at once
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay token revoke ci")]
pub(crate) struct Args {
    /// The name of the token
    name: TokenName,
}

#[derive(Debug, Serialize)]
struct Revoked<'a> {
    name: &'a TokenName,
    revoked: bool,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    ctx.client()?.revoke_token(&args.name)?;
    let revoked = Revoked { name: &args.name, revoked: true };
    ctx.ui.answer(&revoked, |revoked| View::new().line(format!("{} is revoked", revoked.name)))?;
    Ok(Exit::Ok)
}
