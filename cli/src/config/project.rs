use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_base::{DocumentName, OrgName, ProjectName, WorkflowName, closest};
use assay_wire::Exit;
use serde::Deserialize;

use crate::error::CliError;

/// The name of the project file.
pub(crate) const PROJECT_FILE: &str = ".assay.yaml";

/// The keys that it may have. None of them says where a token goes: a repository is somebody else's wish.
const KEYS: [&str; 5] = ["organization", "project", "workflow", "version", "contract"];

/// A project file is a few lines.
const MAX_BYTES: u64 = 64 * 1024;

/// The defaults that a repository gives to its own runs.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ProjectFile {
    /// The organization.
    #[serde(default)]
    pub(crate) organization: Option<OrgName>,
    /// The project.
    #[serde(default)]
    pub(crate) project: Option<ProjectName>,
    /// The workflow.
    #[serde(default)]
    pub(crate) workflow: Option<WorkflowName>,
    /// The version of the project.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// The contract.
    #[serde(default)]
    pub(crate) contract: Option<DocumentName>,
}

impl ProjectFile {
    /// The project file of `cwd` or of the nearest directory above, up to the one that holds `.git`.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when it is not one.
    pub(crate) fn find(cwd: &Path) -> Result<Option<Self>, CliError> {
        locate(cwd).map(|path| Self::read(&path)).transpose()
    }

    fn read(path: &Path) -> Result<Self, CliError> {
        let size = std::fs::metadata(path).map_err(|error| CliError::file("read", path, error))?.len();
        if size > MAX_BYTES {
            return Err(wrong(path, &format!("has more than {MAX_BYTES} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| CliError::file("read", path, error))?;
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let keys: BTreeMap<String, serde_json::Value> =
            serde_saphyr::from_str(&text).map_err(|error| wrong(path, "is not a mapping in YAML").because(error))?;
        if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(refused(path, key));
        }
        serde_saphyr::from_str(&text).map_err(|error| wrong(path, "has a wrong value").because(error))
    }
}

/// Searches upward; the directory that holds `.git` is the last one.
fn locate(cwd: &Path) -> Option<PathBuf> {
    for directory in cwd.ancestors() {
        let file = directory.join(PROJECT_FILE);
        if file.is_file() {
            return Some(file);
        }
        if directory.join(".git").exists() {
            return None;
        }
    }
    None
}

fn wrong(path: &Path, what: &str) -> CliError {
    CliError::new(Exit::Invalid, "project-file", format!("`{}` {what}", path.display()))
}

fn refused(path: &Path, key: &str) -> CliError {
    let error = wrong(path, &format!("must not set `{key}`"));
    match closest(key, KEYS) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("a project file sets {} and nothing else", KEYS.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_at_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("repo/a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(dir.path().join(PROJECT_FILE), "project: outside\n").unwrap();
        std::fs::write(dir.path().join("repo/.git"), "gitdir: elsewhere\n").unwrap();
        assert!(ProjectFile::find(&inner).unwrap().is_none());
        std::fs::write(dir.path().join("repo").join(PROJECT_FILE), "project: inside\nversion: '1.0'\n").unwrap();
        let found = ProjectFile::find(&inner).unwrap().unwrap();
        assert_eq!(found.project.unwrap().as_str(), "inside");
        assert_eq!(found.version.as_deref(), Some("1.0"));
    }

    #[test]
    fn a_wrong_key_is_named() {
        let error = refused(Path::new("x"), "projet");
        assert!(error.message().contains("`projet`") && error.way_out().unwrap().contains("`project`"));
    }
}
