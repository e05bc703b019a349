use assay_wire::{Exit, FinishRun, FinishedRun};

use super::deliver::over;
use super::session::{Session, StateArgs};
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::View;

/// Give the run up
///
/// What was gathered here is forgotten. A run that is over already stays what it is, and its state is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  assay att reset\n  assay att reset --trigger failure --reason 'tests failed'")]
pub(crate) struct Args {
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What happened
    #[arg(long, value_enum, default_value = "cancellation", value_name = "TRIGGER")]
    trigger: Trigger,
    #[command(flatten)]
    state: StateArgs,
}

/// What ended a run.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Trigger {
    /// The pipeline failed
    Failure,
    /// Somebody cancelled it
    Cancellation,
}

impl Trigger {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Cancellation => "cancellation",
        }
    }

    /// The state of a run that it ended.
    const fn state(self) -> &'static str {
        match self {
            Self::Failure => "failed",
            Self::Cancellation => "cancelled",
        }
    }
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let session = Session::open(ctx, &args.state)?;
    let run_id = session.state.run.run_id;
    let finished = if session.state.dry_run {
        FinishedRun { run_id, state: args.trigger.state().to_owned() }
    } else {
        let finish = FinishRun { trigger: args.trigger.as_str().to_owned(), reason: args.reason.clone() };
        let client = session.client(ctx)?;
        match client.finish_run(run_id, &finish) {
            Err(error) if over(&error) => {
                session.file.remove()?;
                ctx.ui.note("the run was over already");
                FinishedRun { run_id, state: client.run(run_id)?.item.state }
            }
            finished => finished?,
        }
    };
    session.file.remove()?;
    ctx.ui.answer(&finished, |run| View::new().field("Run", run.run_id).field("State", &run.state))?;
    Ok(Exit::Ok)
}
