use assay_wire::{Exit, Unmatched};
use serde::Serialize;

use super::pairs::annotations;
use super::push::missing;
use super::session::{Session, StateArgs};
use super::show::{RunAnswer, unmatched};
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Tone, View};

/// Show what was gathered for the run, and what is missing
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay att status\n  assay att status -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    state: StateArgs,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    run: RunAnswer,
    missing: Vec<String>,
    complete: bool,
    unmatched: Vec<Unmatched>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let session = Session::open(ctx, &args.state)?;
    let contract = &session.bench.contract;
    let missing = missing(&session, &annotations(&contract.annotations, &[])?);
    let idle = session.bench.unmatched(&session.state);
    let answer = Answer {
        run: RunAnswer::new(&session.state, contract, session.file.path()),
        complete: missing.is_empty(),
        missing: missing.iter().map(ToString::to_string).collect(),
        unmatched: idle.iter().map(assay_server::convert::unmatched).collect(),
    };
    ctx.ui.answer(&answer, Answer::view)?;
    Ok(Exit::Ok)
}

impl Answer {
    fn view(&self) -> View {
        let mut view = self.run.view().and(unmatched(&self.unmatched)).line("");
        for missing in &self.missing {
            view = view.toned(Tone::Warn, format!("Missing: {missing}"));
        }
        if self.complete { view.toned(Tone::Good, "Complete: it can be pushed.") } else { view }
    }
}
