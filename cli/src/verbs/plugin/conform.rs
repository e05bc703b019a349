use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use assay_base::Timestamp;
use assay_plugin_kit::{Matching, Player, Subject, conform, inspect};
use assay_wire::Exit;

use super::given::GivenArgs;
use super::local::{answer, component, kit, local, wait};
use crate::context::Ctx;
use crate::error::CliError;
use crate::verbs::att::now;

/// Try whether a component behaves as a host relies on: ten points
///
/// Nothing leaves the process: a destination on a stage answers, fails, repeats secrets and stays silent. Inputs are made from
/// the schemas; values of your own go before. Exit 5 when a point fails.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay plugin conform jira.wasm\n  assay plugin conform jira.wasm --opt region=eu-central-1 --replay good.jsonl"
)]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    given: GivenArgs,
    /// Answers of the true destination, as `assay plugin run --record` wrote them, for a component that looks at them
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// The instant that the component sees, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = component(ctx, &args.file)?;
    let manifest = inspect(&bytes).map_err(kit)?.manifest.unwrap_or_default();
    let (registration, attachment) = args.given.read(ctx, &manifest)?;
    let subject = Subject {
        component: &bytes,
        registration: &registration,
        attachment: &attachment,
        recorded: args.replay.as_deref().map(|path| recorded(ctx, path)).transpose()?,
        now: args.at.unwrap_or_else(now),
    };
    let local = local()?;
    let points = wait(conform(&local, subject))?;
    answer(ctx, &points)
}

/// A session whose answers are given to whatever asks for the same URL.
pub(super) fn recorded(ctx: &Ctx, path: &Path) -> Result<Player, CliError> {
    let full = ctx.cwd.join(path);
    let file = File::open(&full).map_err(|error| CliError::file("read", &full, error))?;
    Player::read(BufReader::new(file), Matching::Loose, []).map_err(kit)
}
