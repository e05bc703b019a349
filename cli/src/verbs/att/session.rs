use std::path::{Path, PathBuf};

use assay_base::{Clock as _, Timestamp};
use assay_material::MaterialError;
use assay_wire::Exit;

use super::judging::Bench;
use crate::client::Client;
use crate::context::Ctx;
use crate::error::CliError;
use crate::state::{State, StateError, StateFile, locate};
use crate::system::SystemClock;

/// Where the attestation in the making is kept
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct StateArgs {
    #[arg(
        long,
        value_name = "FILE",
        help = "The file that keeps what was gathered so far [env: ASSAY_STATE_FILE] [default: .assay/attestation.json]"
    )]
    state_file: Option<PathBuf>,
}

impl StateArgs {
    /// The file.
    pub(super) fn path(&self, ctx: &Ctx) -> PathBuf {
        let given = self.state_file.as_deref().or_else(|| ctx.env.get("ASSAY_STATE_FILE").map(Path::new));
        locate(given, &ctx.cwd)
    }
}

/// The attestation that is being made here, in hand: nobody else changes it meanwhile.
pub(super) struct Session {
    pub(super) file: StateFile,
    pub(super) state: State,
    pub(super) bench: Bench,
}

impl Session {
    /// Takes the state in hand.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when no attestation is being made here.
    pub(super) fn open(ctx: &Ctx, args: &StateArgs) -> Result<Self, CliError> {
        let file = StateFile::open(args.path(ctx))?;
        let state = file.load()?;
        let bench = Bench::new(&state.run)?;
        Ok(Self { file, state, bench })
    }

    /// A client in the organization of the run.
    ///
    /// # Errors
    /// [`CliError`] with exit 7 when no server is configured.
    pub(super) fn client(&self, ctx: &Ctx) -> Result<Client, CliError> {
        Ok(ctx.client()?.in_organization(self.state.run.organization.clone()))
    }
}

/// The present instant.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// The first finding about a material, with the others as details for who asks with `-v`.
pub(crate) fn material_error(ctx: &Ctx, error: &MaterialError) -> CliError {
    let mut findings = error.diagnostics().into_iter();
    let first = findings.next().map_or_else(|| CliError::usage(error.to_string()), CliError::from);
    findings.for_each(|finding| ctx.ui.detail(&finding.to_string()));
    first
}

impl From<StateError> for CliError {
    fn from(error: StateError) -> Self {
        let (exit, code, hint) = match &error {
            StateError::Absent(_) => (Exit::Invalid, "no-attestation", Some("begin with `assay att init`")),
            StateError::Present(_) => (
                Exit::Conflict,
                "state-exists",
                Some("give it up with `assay att reset`, or forget it with `--replace`"),
            ),
            StateError::Locked(_) => (Exit::Conflict, "state-locked", Some("try again when it is done")),
            StateError::Format { .. } | StateError::Version { .. } => {
                (Exit::Invalid, "state-unreadable", Some("begin anew with `assay att init --replace`"))
            }
            StateError::Link(_) => (Exit::Invalid, "state-link", Some("say where the state is with `--state-file`")),
            StateError::Io { source, .. } if source.kind() == std::io::ErrorKind::InvalidInput => {
                (Exit::Invalid, "file", None)
            }
            StateError::Io { .. } => (Exit::Unexpected, "file", None),
        };
        let told = Self::new(exit, code, error.to_string());
        match hint {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}
