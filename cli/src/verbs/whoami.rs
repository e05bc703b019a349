use assay_base::{OrgName, ProjectName, TokenName};
use assay_wire::{Exit, WhoAmI};
use serde::Serialize;

use crate::client::Client;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Show the server, the organization and the role of the token in use
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay whoami\n  assay whoami -o json")]
pub(crate) struct Args {}

/// Who a token is, and where.
#[derive(Debug, Serialize)]
pub(super) struct Identity {
    server: String,
    organization: OrgName,
    subject: TokenName,
    role: String,
    project: Option<ProjectName>,
}

pub(crate) fn run(ctx: &Ctx, _: &Args) -> Result<Exit, CliError> {
    let client = ctx.client()?;
    let me = Identity::new(&client, client.whoami()?);
    ctx.ui.answer(&me, Identity::view)?;
    Ok(Exit::Ok)
}

impl Identity {
    pub(super) fn new(client: &Client, me: WhoAmI) -> Self {
        Self {
            server: client.server().to_string(),
            organization: me.organization,
            subject: me.subject,
            role: me.role,
            project: me.project,
        }
    }

    pub(super) fn view(&self) -> View {
        View::new()
            .field("Server", &self.server)
            .field("Organization", &self.organization)
            .field("Token", &self.subject)
            .field("Role", &self.role)
            .maybe("Project", self.project.as_ref())
    }
}
