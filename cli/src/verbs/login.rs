use assay_base::Secret;
use assay_wire::Exit;

use super::whoami::Identity;
use crate::client::Client;
use crate::config::{Login, ServerUrl, config_file, given_token};
use crate::context::Ctx;
use crate::error::CliError;

/// Verify a token and store it for its server
///
/// The token is stored in the user config, readable by you only, and is sent to this server and to no other.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay login --server https://assay.example.com --token-file token\n  pass show assay | assay login --server https://assay.example.com --token-file -"
)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &Ctx, _: &Args) -> Result<Exit, CliError> {
    let (server, token) = given(ctx)?;
    let file = config_file(&ctx.env)?;
    let client = Client::with_token(server, token.clone(), ctx.ui)?;
    let me = client.whoami()?;
    let login = Login { server: client.server().to_string(), organization: me.organization.clone(), token };
    login.save(&file)?;
    ctx.ui.answer(&Identity::new(&client, me), Identity::view)?;
    ctx.ui.note(&format!("stored in {}", file.display()));
    Ok(Exit::Ok)
}

/// Flags and environment only: what a project or an earlier login says does not count here.
fn given(ctx: &Ctx) -> Result<(ServerUrl, Secret<String>), CliError> {
    let missing = |what: &str| CliError::usage(format!("the required argument {what} was not provided"));
    let server = ctx.globals.server.as_deref().or_else(|| ctx.env.get("ASSAY_SERVER"));
    let server = ServerUrl::parse(server.ok_or_else(|| missing("--server <URL>"))?, ctx.globals.plain_http())?;
    let token = given_token(&ctx.globals, &ctx.env)?.ok_or_else(|| missing("--token-file <FILE>"))?;
    Ok((server, token))
}
