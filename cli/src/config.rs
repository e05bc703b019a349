//! Where a command finds its server, token, organization and defaults: flag, environment, project file, user config, in
//! this order.

mod environment;
mod login;
mod project;
mod server;

use std::path::{Path, PathBuf};

use assay_base::{DocumentName, NameError, OrgName, ProjectName, Secret, WorkflowName};
use assay_wire::Exit;

pub(crate) use environment::Environment;
pub(crate) use login::{Login, config_file};
pub(crate) use project::ProjectFile;
pub(crate) use server::{PlainHttp, ServerUrl};

use crate::cli::GlobalArgs;
use crate::error::CliError;
use crate::files::{self, Limit};

/// What a command runs with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The server, when one is known.
    pub(crate) server: Option<ServerUrl>,
    /// The token for that server, when one is known.
    pub(crate) token: Option<Secret<String>>,
    /// The organization, when it is said; else it is the token's own.
    pub(crate) organization: Option<OrgName>,
    /// The project of the project file.
    pub(crate) project: Option<ProjectName>,
    /// The workflow of the project file.
    pub(crate) workflow: Option<WorkflowName>,
    /// The project version of the project file.
    pub(crate) version: Option<String>,
    /// The contract of the project file.
    pub(crate) contract: Option<DocumentName>,
}

impl Settings {
    /// Reads all sources. Only the files that they name are touched.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 for a value or file that is wrong.
    pub(crate) fn load(globals: &GlobalArgs, env: &Environment, cwd: &Path) -> Result<Self, CliError> {
        let project = ProjectFile::find(cwd)?.unwrap_or_default();
        let login = Login::load(&config_file(env)?)?;
        let policy = globals.plain_http();
        let server = match globals.server.as_deref().or_else(|| env.get("ASSAY_SERVER")) {
            Some(text) => Some(ServerUrl::parse(text, policy)?),
            None => login.as_ref().map(|login| ServerUrl::parse(&login.server, policy)).transpose()?,
        };
        let given = given_token(globals, env)?;
        // What `login` stored is one record: its token and its organization belong to its server.
        let stored = login.filter(|login| given.is_none() && server.as_ref().is_some_and(|s| login.is_for(s)));
        let organization = match globals.org.as_deref().or_else(|| env.get("ASSAY_ORG")) {
            Some(text) => Some(text.parse().map_err(|error| wrong_name("organization", text, error))?),
            None => project.organization.or_else(|| stored.as_ref().map(|login| login.organization.clone())),
        };
        Ok(Self {
            server,
            token: given.or_else(|| stored.map(|login| login.token)),
            organization,
            project: project.project,
            workflow: project.workflow,
            version: project.version,
            contract: project.contract,
        })
    }
}

/// The token of `--token-file`, `ASSAY_TOKEN` or `ASSAY_TOKEN_FILE`.
///
/// # Errors
/// [`CliError`] with exit 2 when what is given holds no token.
pub(crate) fn given_token(globals: &GlobalArgs, env: &Environment) -> Result<Option<Secret<String>>, CliError> {
    if let Some(path) = &globals.token_file {
        return read_token(path).map(Some);
    }
    if let Some(token) = env.get("ASSAY_TOKEN") {
        return usable_token(token, "`ASSAY_TOKEN`").map(Some);
    }
    env.get("ASSAY_TOKEN_FILE").map(|path| read_token(Path::new(path))).transpose()
}

/// Reads a token from a file, or from standard input when the file is `-`.
///
/// # Errors
/// [`CliError`] with exit 2 when there is none.
pub(crate) fn read_token(path: &Path) -> Result<Secret<String>, CliError> {
    let stdin = path == Path::new("-");
    let read = if stdin { files::stdin_text(Limit::LINES) } else { files::given_text(path, Limit::LINES) };
    let text = Secret::new(read?);
    usable_token(text.expose(), &format!("`{}`", path.display()))
}

/// A token must fit into a header (RFC 9110, section 5.5). The message does not repeat it.
fn usable_token(text: &str, source: &str) -> Result<Secret<String>, CliError> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CliError::usage(format!("{source} does not hold a token")));
    }
    Ok(Secret::new(token.to_owned()))
}

fn wrong_name(what: &str, text: &str, error: NameError) -> CliError {
    CliError::new(Exit::Invalid, "usage", format!("`{text}` is not the name of a {what}")).because(error)
}

/// The current directory.
///
/// # Errors
/// [`CliError`] when it was removed underneath.
pub(crate) fn current_dir() -> Result<PathBuf, CliError> {
    std::env::current_dir()
        .map_err(|error| CliError::new(Exit::Unexpected, "file", "there is no current directory").because(error))
}

#[cfg(test)]
mod tests {
    use super::project::PROJECT_FILE;
    use super::*;

    struct Place {
        dir: tempfile::TempDir,
        globals: GlobalArgs,
        env: Vec<(&'static str, String)>,
    }

    impl Place {
        /// A home in which somebody has logged in at `https://stored.example`.
        fn logged_in() -> Self {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(dir.path().join("repo/.git")).unwrap();
            let file = dir.path().join("config.toml");
            let login = Login {
                server: "https://stored.example".into(),
                organization: "stored-org".parse().unwrap(),
                token: Secret::new("stored-token".into()),
            };
            login.save(&file).unwrap();
            let env = vec![("ASSAY_CONFIG", file.display().to_string())];
            Self { dir, globals: GlobalArgs::default(), env }
        }

        fn project(self, text: &str) -> Self {
            std::fs::write(self.dir.path().join("repo").join(PROJECT_FILE), text).unwrap();
            self
        }

        fn env(mut self, name: &'static str, value: &str) -> Self {
            self.env.push((name, value.to_owned()));
            self
        }

        fn load(&self) -> Result<Settings, CliError> {
            let env = Environment::of(self.env.iter().map(|(k, v)| ((*k).to_owned(), v.clone())));
            Settings::load(&self.globals, &env, &self.dir.path().join("repo"))
        }

        fn token(&self) -> Option<String> {
            self.load().unwrap().token.map(|t| t.expose().clone())
        }

        fn org(&self) -> String {
            self.load().unwrap().organization.map_or_else(String::new, |o| o.to_string())
        }
    }

    #[test]
    fn each_source_wins_over_the_ones_below() {
        let place = Place::logged_in();
        assert_eq!(place.org(), "stored-org");
        let place = place.project("organization: of-project\nproject: p\n");
        assert_eq!(place.org(), "of-project");
        let mut place = place.env("ASSAY_ORG", "of-env");
        assert_eq!(place.org(), "of-env");
        place.globals.org = Some("of-flag".into());
        assert_eq!(place.org(), "of-flag");
        assert_eq!(place.load().unwrap().project.unwrap().as_str(), "p");
        assert_eq!(place.load().unwrap().server.unwrap().to_string(), "https://stored.example");
    }

    #[test]
    fn a_stored_token_goes_to_its_own_server_only() {
        let place = Place::logged_in();
        assert_eq!(place.token().as_deref(), Some("stored-token"));
        for same in ["https://stored.example/", "https://STORED.example:443"] {
            assert_eq!(Place::logged_in().env("ASSAY_SERVER", same).token().as_deref(), Some("stored-token"), "{same}");
        }
        for other in [
            "https://thief.example",
            "https://stored.example:444",
            "https://stored.example/other",
            "http://127.0.0.1:1",
        ] {
            let place = Place::logged_in().env("ASSAY_SERVER", other);
            assert_eq!((place.token(), place.org()), (None, String::new()), "{other}");
        }
        let place = Place::logged_in().env("ASSAY_SERVER", "https://other.example").env("ASSAY_TOKEN", "mine");
        assert_eq!(place.token().as_deref(), Some("mine"));
    }

    #[test]
    fn a_token_that_is_given_does_not_take_the_stored_organization() {
        let place = Place::logged_in().env("ASSAY_TOKEN", "mine");
        assert_eq!((place.token().as_deref(), place.org().as_str()), (Some("mine"), ""));
    }

    #[test]
    fn a_repository_cannot_say_where_a_token_goes() {
        for key in ["server: https://thief.example", "token_file: /x", "insecure_http: true", "{"] {
            let error = Place::logged_in().project(&format!("{key}\n")).load().unwrap_err();
            assert_eq!(error.exit(), Exit::Invalid, "{key}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback() {
        let place = Place::logged_in().env("ASSAY_SERVER", "http://assay.example").env("ASSAY_TOKEN", "t");
        assert_eq!(place.load().unwrap_err().code(), "insecure-http");
        let mut place = place;
        place.globals.insecure_http = true;
        assert!(place.load().is_ok());
    }

    #[test]
    fn a_token_that_is_none_is_not_repeated() {
        let error = Place::logged_in().env("ASSAY_TOKEN", "se\ncret").load().unwrap_err();
        assert!(!error.message().contains("cret"), "{}", error.message());
    }
}
