//! What every verb gets: the printer, the options, the environment, and on demand the settings and a client.

use std::cell::OnceCell;
use std::path::PathBuf;

use crate::cli::GlobalArgs;
use crate::client::Client;
use crate::config::{Environment, Settings, current_dir};
use crate::error::CliError;
use crate::ui::Ui;

/// The surroundings of a command. Nothing is read or opened before it is asked for.
#[derive(Debug)]
pub(crate) struct Ctx {
    /// The printer.
    pub(crate) ui: Ui,
    /// The global options.
    pub(crate) globals: GlobalArgs,
    /// The environment variables.
    pub(crate) env: Environment,
    /// The current directory.
    pub(crate) cwd: PathBuf,
    settings: OnceCell<Settings>,
}

impl Ctx {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// [`CliError`] when there is no current directory.
    pub(crate) fn new(ui: Ui, globals: GlobalArgs, env: Environment) -> Result<Self, CliError> {
        Ok(Self { ui, globals, env, cwd: current_dir()?, settings: OnceCell::new() })
    }

    /// The settings, read once.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when a source is wrong.
    pub(crate) fn settings(&self) -> Result<&Settings, CliError> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::load(&self.globals, &self.env, &self.cwd)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// A client for the configured server.
    ///
    /// # Errors
    /// [`CliError`] with exit 7 when none is configured.
    pub(crate) fn client(&self) -> Result<Client, CliError> {
        Client::new(self.settings()?, self.ui)
    }

    /// A client where a server and a token are configured.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when a source is wrong.
    pub(crate) fn client_if_configured(&self) -> Result<Option<Client>, CliError> {
        let settings = self.settings()?;
        let configured = settings.server.is_some() && settings.token.is_some();
        configured.then(|| Client::new(settings, self.ui)).transpose()
    }
}
