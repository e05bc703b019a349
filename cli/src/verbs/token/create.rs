use std::time::Duration;

use assay_base::{ProjectName, TokenName};
use assay_wire::{Exit, NewToken, TokenCreated};
use clap::ValueEnum;

use super::duration::seconds;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{View, or_dash};

/// Make a token; it is shown this once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay token create --name ci --role contributor --project payments-api --expires 90d\n  assay token create --name dashboard --role viewer -o json"
)]
pub(crate) struct Args {
    /// What to call it
    #[arg(long)]
    name: TokenName,
    /// What it may do
    #[arg(long)]
    role: Role,
    /// The one project that it is limited to
    #[arg(long, value_name = "NAME")]
    project: Option<ProjectName>,
    /// How long it lasts: a number and s, m, h, d or w; for ever when absent
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    expires: Option<Duration>,
}

/// What a token may do, from most to least.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    /// And: keys, trust, tokens, organizations
    Owner,
    /// And: contracts, policies, gates, bindings
    Admin,
    /// And: open, fill and push runs, download evidence
    Contributor,
    /// Read, and ask gates
    Viewer,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Contributor => "contributor",
            Self::Viewer => "viewer",
        }
    }
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let new = NewToken {
        name: args.name.clone(),
        role: args.role.as_str().to_owned(),
        project: args.project.clone(),
        expires_in_seconds: args.expires.map(|duration| duration.as_secs()),
    };
    let made = ctx.client()?.create_token(&new)?;
    ctx.ui.answer(&made, view)?;
    ctx.ui.note("keep the token: it is not shown again");
    Ok(Exit::Ok)
}

fn view(made: &TokenCreated) -> View {
    View::new()
        .field("Name", &made.name)
        .field("Role", &made.role)
        .field("Project", or_dash(made.project.as_ref()))
        .field("Expires", or_dash(made.expires_at))
        .field("Token", &made.token)
}
