use std::fs::{self, DirBuilder, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use assay_base::{OrgName, Secret};
use assay_wire::Exit;
use serde::{Deserialize, Serialize};

use super::{Environment, PlainHttp, ServerUrl};
use crate::error::CliError;
use crate::files::{self, Limit};

/// What `login` stores: a token, and the one server that it is for.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The URL of the server.
    pub(crate) server: String,
    /// The organization of the token.
    pub(crate) organization: OrgName,
    /// The token.
    pub(crate) token: Secret<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: String,
    organization: OrgName,
    token: String,
}

/// The user config: `ASSAY_CONFIG`, else `assay/config.toml` in `XDG_CONFIG_HOME` or `~/.config` (XDG Base Directory
/// Specification 0.8).
///
/// # Errors
/// [`CliError`] with exit 2 when there is no home either.
pub(crate) fn config_file(env: &Environment) -> Result<PathBuf, CliError> {
    if let Some(path) = env.get("ASSAY_CONFIG") {
        return Ok(path.into());
    }
    let base = match (env.get("XDG_CONFIG_HOME"), env.get("HOME")) {
        (Some(base), _) if Path::new(base).is_absolute() => PathBuf::from(base),
        (_, Some(home)) => Path::new(home).join(".config"),
        _ => return Err(CliError::usage("there is no place for the user config").hint("set HOME or ASSAY_CONFIG")),
    };
    Ok(base.join("assay").join("config.toml"))
}

impl Login {
    /// Reads what was stored; `None` when nothing was.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when the file is not readable or not ours.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, CliError> {
        if fs::metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let text = files::text(path, Limit::LINES)?;
        // The parser's message may quote the line with the token: it is not passed on.
        let file: File = toml::from_str(&text).map_err(|_| {
            let message = format!("`{}` is not a configuration that `assay login` wrote", path.display());
            CliError::new(Exit::Invalid, "config", message)
                .hint("log in again: assay login --server URL --token-file F")
        })?;
        Ok(Some(Self { server: file.server, organization: file.organization, token: Secret::new(file.token) }))
    }

    /// Stores it, readable by its owner only, all or nothing.
    ///
    /// # Errors
    /// [`CliError`] when the file cannot be written.
    pub(crate) fn save(&self, path: &Path) -> Result<(), CliError> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| CliError::file("create", directory, error))?;
        let file = File {
            server: self.server.clone(),
            organization: self.organization.clone(),
            token: self.token.expose().clone(),
        };
        let text = toml::to_string(&file).map_err(|error| {
            CliError::new(Exit::Unexpected, "config", "the configuration cannot be written as TOML").because(error)
        })?;
        write_private(directory, path, text.as_bytes()).map_err(|error| CliError::file("write", path, error))
    }

    /// Whether its token is for `server`.
    pub(crate) fn is_for(&self, server: &ServerUrl) -> bool {
        ServerUrl::parse(&self.server, PlainHttp::Anywhere).is_ok_and(|stored| stored == *server)
    }
}

fn write_private(directory: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().permissions(Permissions::from_mode(0o600)).tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_private_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x/assay/config.toml");
        let login = Login {
            server: "https://a.example".into(),
            organization: "acme".parse().unwrap(),
            token: Secret::new("assay_t".into()),
        };
        assert!(Login::load(&path).unwrap().is_none());
        login.save(&path).unwrap();
        login.save(&path).unwrap();
        assert_eq!(Login::load(&path).unwrap().unwrap().token.expose(), "assay_t");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_broken_file_does_not_show_the_token() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        fs::write(&path, "server = 1\ntoken = \"assay_secret\"\n").unwrap();
        let error = Login::load(&path).unwrap_err();
        assert!(!error.message().contains("assay_secret"));
    }

    #[test]
    fn the_place_follows_the_xdg_rules() {
        let at = |vars: &[(&str, &str)]| {
            let env = Environment::of(vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
            config_file(&env).map(|path| path.display().to_string()).ok()
        };
        assert_eq!(at(&[("ASSAY_CONFIG", "/c"), ("HOME", "/h")]).as_deref(), Some("/c"));
        assert_eq!(at(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]).as_deref(), Some("/x/assay/config.toml"));
        assert_eq!(at(&[("XDG_CONFIG_HOME", "rel"), ("HOME", "/h")]).as_deref(), Some("/h/.config/assay/config.toml"));
        assert_eq!(at(&[]), None);
    }
}
