use std::collections::BTreeMap;
use std::path::PathBuf;

use assay_base::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::config::Environment;
use crate::files::{self, Limit};

/// User and password for one registry.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    /// The user.
    pub(super) user: String,
    /// The password.
    pub(super) password: Secret<String>,
}

/// Docker's configuration file, as far as it is read: helpers are programs, and no program is run.
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    auth: String,
}

/// The credentials that Docker's configuration holds for `registry`: for that host and port, and for no other.
pub(super) fn find(env: &Environment, registry: &str) -> Option<Credentials> {
    let folder = env.get("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| env.get("HOME").map(|home| PathBuf::from(home).join(".docker")))?;
    let text = files::text(&folder.join("config.json"), Limit::LINES).ok()?;
    read(&text, registry)
}

fn read(text: &str, registry: &str) -> Option<Credentials> {
    let config: Config = serde_json::from_str(text).ok()?;
    let (_, entry) = config.auths.iter().find(|(key, _)| host_of(key) == registry)?;
    let decoded = String::from_utf8(STANDARD.decode(&entry.auth).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credentials { user: user.to_owned(), password: Secret::new(password.to_owned()) })
}

/// The host of a key, which may be a URL; Docker Hub is written as its old index.
fn host_of(key: &str) -> &str {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    match rest.split('/').next().unwrap_or_default() {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        host => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_that_never_comes_holds_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(std::process::Command::new("mkfifo").arg(dir.path().join("config.json")).status().unwrap().success());
        let env = Environment::of([("DOCKER_CONFIG".to_owned(), dir.path().display().to_string())]);
        assert!(find(&env, "r.example").is_none());
    }

    #[test]
    fn credentials_belong_to_one_host() {
        let auth = STANDARD.encode("ann:pa:ss");
        let text = format!(
            r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{auth}"}},"r.example:5000":{{"auth":"{auth}"}}}},"credsStore":"x"}}"#
        );
        for host in ["docker.io", "r.example:5000"] {
            let found = read(&text, host).unwrap();
            assert_eq!((found.user.as_str(), found.password.expose().as_str()), ("ann", "pa:ss"));
        }
        for host in ["r.example", "example", "evil.r.example:5000", ""] {
            assert!(read(&text, host).is_none(), "{host}");
        }
    }
}
