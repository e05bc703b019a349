use assay_base::{DocumentName, ProjectName, WorkflowName};
use assay_contract::Contract;
use assay_model::Phase;
use assay_wire::{Exit, FinishRun, OpenRun, OpenedRun, Runner};

use super::allowed;
use super::convert::to_wire;
use super::judging::Bench;
use super::pairs::warn_about;
use super::session::{StateArgs, now};
use super::show::RunAnswer;
use super::statement::{Ending, NO_RUNNER};
use crate::client::Client;
use crate::context::Ctx;
use crate::error::CliError;
use crate::runners::{self, Found, RunnerError};
use crate::state::{Opened, State, StateFile};
use crate::{git, ui::View};

/// Open a run and begin to collect its evidence
///
/// The run is pinned to the newest revision of its contract and of every policy. What is gathered stays in
/// .assay/attestation.json until `att push`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay att init --workflow release-build --project payments-api\n  assay att init --workflow release-build --project payments-api --contract payments-release --version 1.4.2\n  assay att init --workflow release-build --project payments-api --replace --dry-run"
)]
pub(crate) struct Args {
    /// The workflow; made when there is none [default: that of .assay.yaml]
    #[arg(long, alias = "workflow-name", value_name = "NAME")]
    workflow: Option<WorkflowName>,
    /// Its project [default: that of .assay.yaml]
    #[arg(long, value_name = "NAME")]
    project: Option<ProjectName>,
    /// The contract of a workflow that is new; for one that exists, the one that it is bound to
    #[arg(long, value_name = "NAME")]
    contract: Option<DocumentName>,
    /// Another revision of the contract than the newest
    #[arg(long, value_name = "N")]
    contract_revision: Option<u32>,
    /// The version of the project that the run builds
    #[arg(long = "version", id = "project-version", value_name = "TEXT")]
    version: Option<String>,
    /// Forget what was being gathered here; the old run stays open until it expires
    #[arg(long, short = 'f')]
    replace: bool,
    /// Read from the server and write nothing there
    #[arg(long)]
    dry_run: bool,
    /// Record this environment variable though its name looks like a secret; may be given several times
    #[arg(long, value_name = "NAME")]
    allow_env: Vec<String>,
    #[command(flatten)]
    state: StateArgs,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let found = runners::discover(&ctx.env)?;
    let request = request(ctx, args, &found)?;
    let file = StateFile::create(args.state.path(ctx))?;
    if !args.replace {
        file.refuse_existing()?;
    }
    let client = ctx.client()?;
    let opened = client.open_run(&request)?;
    opened.warnings.iter().for_each(|warning| ctx.ui.warn(warning));
    let run = opened.clone();
    let begun = begin(ctx, args, found, opened);
    if let Err(error) = &begun {
        give_up(&client, args, &run, error);
    }
    let (state, bench) = begun?;
    file.save(&state)?;
    ctx.ui.answer(&RunAnswer::new(&state, &bench.contract, file.path()), view)?;
    Ok(Exit::Ok)
}

fn view(answer: &RunAnswer) -> View {
    answer.view()
}

fn request(ctx: &Ctx, args: &Args, found: &Found) -> Result<OpenRun, CliError> {
    let settings = ctx.settings()?;
    let needed = |what: &str| CliError::usage(format!("which {what}? give `--{what} NAME`, or name it in .assay.yaml"));
    let workflow = args.workflow.clone().or_else(|| settings.workflow.clone()).ok_or_else(|| needed("workflow"))?;
    let project = args.project.clone().or_else(|| settings.project.clone()).ok_or_else(|| needed("project"))?;
    // The contract of the project file belongs to the workflow of the project file.
    let own = settings.contract.clone().filter(|_| settings.workflow.as_ref().is_none_or(|named| *named == workflow));
    Ok(OpenRun {
        workflow,
        project,
        version: args.version.clone().or_else(|| settings.version.clone()),
        contract: args.contract.clone().or(own),
        contract_revision: args.contract_revision,
        runner: runner(found),
        dry_run: args.dry_run,
    })
}

fn runner(found: &Found) -> Runner {
    Runner { kind: found.kind.map(|kind| kind.as_str().to_owned()), url: found.url.clone() }
}

/// Checks what the contract says of the surroundings, and judges the beginning.
fn begin(ctx: &Ctx, args: &Args, found: Found, opened: OpenedRun) -> Result<(State, Bench), CliError> {
    let bench = Bench::new(&opened)?;
    if !args.dry_run {
        enforce_runner(&bench.contract, &found)?;
    }
    let mut env = allowed::capture(&bench.contract.env_allow_list, &args.allow_env, &ctx.env)?;
    let runner = runner(&found);
    env.extend(found.env);
    let head = git::head(&ctx.cwd).unwrap_or_else(|error| {
        ctx.ui.warn(&format!("the commit is not recorded: {error}"));
        None
    });
    let mut state = State::new(Opened { dry_run: args.dry_run, run: opened, runner, env, head }, now());
    let judged = bench.attestation(&state, Phase::Init, &Ending::default(), now())?;
    warn_about(ctx.ui, &judged.warnings);
    state.evaluations = judged.evaluations.iter().map(to_wire).collect();
    Ok((state, bench))
}

fn enforce_runner(contract: &Contract, found: &Found) -> Result<(), CliError> {
    match contract.runner {
        Some(wanted) if found.kind != Some(wanted) => {
            let here = found.kind.map_or(NO_RUNNER, |kind| kind.as_str());
            let message = format!("the contract asks for the runner `{wanted}`, this is `{here}`");
            Err(CliError::new(Exit::Incomplete, "runner-mismatch", message))
        }
        _ => Ok(()),
    }
}

/// Ends a run that was opened and cannot begin, so that it does not stay open until it expires.
fn give_up(client: &Client, args: &Args, run: &OpenedRun, error: &CliError) {
    if args.dry_run {
        return;
    }
    let reason = Some(assay_base::text::head(&error.message(), 500));
    // The error that is told is the one that ended the run; if this fails too, the run expires.
    drop(client.finish_run(run.run_id, &FinishRun { trigger: "failure".to_owned(), reason }));
}

impl From<RunnerError> for CliError {
    fn from(error: RunnerError) -> Self {
        Self::new(Exit::Incomplete, "runner-variable", error.to_string())
    }
}
