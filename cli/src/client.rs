//! The HTTP client: what the server offers, as functions that answer or fail with a [`CliError`].
//!
//! Its functions block. The runtime underneath is made with the client, so commands that need no server never start one.

mod api;
mod blob;
mod integrations;
mod request;
mod transport;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::future::Future;

use assay_base::{OrgName, Secret};
use assay_wire::Exit;
use reqwest::Url;
use tokio::runtime::Runtime;

pub(crate) use api::Collection;
pub(crate) use blob::{BlobSource, Target};

use crate::config::{ServerUrl, Settings};
use crate::error::CliError;
use crate::ui::Ui;

/// A server, spoken to with one token.
#[derive(Debug)]
pub(crate) struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    server: ServerUrl,
    token: Secret<String>,
    organization: OnceCell<OrgName>,
    ui: Ui,
}

impl Client {
    /// A client for the configured server.
    ///
    /// # Errors
    /// [`CliError`] with exit 7 when no server or no token is configured.
    pub(crate) fn new(settings: &Settings, ui: Ui) -> Result<Self, CliError> {
        let server = settings.server.clone().ok_or_else(|| not_logged_in("no server is configured"))?;
        let message = || not_logged_in(&format!("there is no token for `{server}`"));
        let token = settings.token.clone().ok_or_else(message)?;
        let client = Self::with_token(server, token, ui)?;
        Ok(match &settings.organization {
            Some(organization) => client.in_organization(organization.clone()),
            None => client,
        })
    }

    /// A client with this very token.
    ///
    /// # Errors
    /// [`CliError`] when the machine does not give what it takes.
    pub(crate) fn with_token(server: ServerUrl, token: Secret<String>, ui: Ui) -> Result<Self, CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::new(Exit::Unexpected, "runtime", "cannot start the runtime").because(error))?;
        let http = transport::build(&server)?;
        Ok(Self { runtime, http, server, token, organization: OnceCell::new(), ui })
    }

    /// The same, for another organization than the configured one.
    #[must_use]
    pub(crate) fn in_organization(self, organization: OrgName) -> Self {
        Self { organization: OnceCell::from(organization), ..self }
    }

    /// The server.
    pub(crate) const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// The organization: the configured one, else that of the token, which the server is asked for once.
    ///
    /// # Errors
    /// [`CliError`] when the server does not say.
    pub(crate) fn organization(&self) -> Result<&OrgName, CliError> {
        if let Some(known) = self.organization.get() {
            return Ok(known);
        }
        let own = self.whoami()?.organization;
        Ok(self.organization.get_or_init(|| own))
    }

    /// The URL of a resource of the organization.
    fn org_url(&self, segments: &[&str]) -> Result<Url, CliError> {
        let mut all = vec!["v1", "orgs", self.organization()?.as_str()];
        all.extend(segments);
        Ok(self.server.join(&all))
    }

    /// Runs `work` to its end, or until the user interrupts it: what it holds is dropped then, and cleans up.
    fn block<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        self.runtime.block_on(async {
            tokio::select! {
                done = work => done,
                _ = tokio::signal::ctrl_c() => Err(CliError::new(Exit::Interrupted, "interrupted", "interrupted")),
            }
        })
    }
}

fn not_logged_in(message: &str) -> CliError {
    CliError::new(Exit::Forbidden, "not-logged-in", message)
        .hint("assay login --server URL --token-file FILE, or set ASSAY_SERVER and ASSAY_TOKEN_FILE")
}
