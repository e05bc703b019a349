use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use assay_base::{DocumentName, OrgName, Place, ProjectName, WorkflowName, closest};
use assay_wire::Exit;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::error::CliError;
use crate::files::{self, Limit};

/// The name of the project file.
pub(crate) const PROJECT_FILE: &str = ".assay.yaml";

/// The keys that it may have. None of them says where a token goes: a repository is somebody else's wish.
const KEYS: [&str; 5] = ["organization", "project", "workflow", "version", "contract"];

/// The defaults that a repository gives to its own runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProjectFile {
    /// The organization.
    pub(crate) organization: Option<OrgName>,
    /// The project.
    pub(crate) project: Option<ProjectName>,
    /// The workflow.
    pub(crate) workflow: Option<WorkflowName>,
    /// The version of the project.
    pub(crate) version: Option<String>,
    /// The contract.
    pub(crate) contract: Option<DocumentName>,
}

impl ProjectFile {
    /// The project file of `cwd` or of the nearest directory above, up to the one that holds `.git`. Outside of a
    /// repository nothing above is looked at, because it may be anybody's.
    ///
    /// # Errors
    /// [`CliError`] with exit 2 when it is not one.
    pub(crate) fn find(cwd: &Path) -> Result<Option<Self>, CliError> {
        locate(cwd).map(|path| Self::read(&path)).transpose()
    }

    fn read(path: &Path) -> Result<Self, CliError> {
        let text = files::text(path, Limit::LINES)?;
        let mut file = Self::default();
        if text.trim().is_empty() {
            return Ok(file);
        }
        let Entries(entries) = serde_saphyr::from_str(&text).map_err(|error| {
            wrong(path, "is not a mapping of names to texts in YAML", error.location().unwrap_or(Location::UNKNOWN))
        })?;
        for (key, value) in entries {
            if !KEYS.contains(&key.value.as_str()) {
                return Err(refused(path, &key));
            }
            file.set(path, &key.value, &value)?;
        }
        Ok(file)
    }

    fn set(&mut self, path: &Path, key: &str, value: &Spanned<serde_json::Value>) -> Result<(), CliError> {
        let at = value.referenced;
        let Some(text) = value.value.as_str() else {
            return Err(wrong(path, &format!("has a `{key}` that is not text"), at).hint("write it in quotes"));
        };
        match key {
            "organization" => self.organization = Some(named(path, key, text, at)?),
            "project" => self.project = Some(named(path, key, text, at)?),
            "workflow" => self.workflow = Some(named(path, key, text, at)?),
            "contract" => self.contract = Some(named(path, key, text, at)?),
            _ => self.version = Some(text.to_owned()),
        }
        Ok(())
    }
}

/// The entries of a mapping, in order, with their places.
struct Entries(Vec<(Spanned<String>, Spanned<serde_json::Value>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// Searches upward; the directory that holds `.git` is the last one.
fn locate(cwd: &Path) -> Option<PathBuf> {
    let depth = cwd.ancestors().position(|directory| directory.join(".git").exists()).unwrap_or(0);
    cwd.ancestors().take(depth + 1).map(|directory| directory.join(PROJECT_FILE)).find(|file| file.exists())
}

fn named<N: FromStr>(path: &Path, key: &str, text: &str, at: Location) -> Result<N, CliError>
where
    N::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(|error: N::Err| wrong(path, &format!("has a wrong `{key}`"), at).because(error))
}

fn wrong(path: &Path, what: &str, at: Location) -> CliError {
    let place = |number: u64| u32::try_from(number).ok().filter(|number| *number > 0);
    CliError::new(Exit::Invalid, "project-file", format!("`{}` {what}", path.display())).at(Place {
        pointer: None,
        line: place(at.line()),
        column: place(at.column()),
    })
}

fn refused(path: &Path, key: &Spanned<String>) -> CliError {
    let error = wrong(path, &format!("must not set `{}`", key.value), key.referenced);
    match closest(&key.value, KEYS) {
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
        std::fs::write(dir.path().join("repo").join(PROJECT_FILE), "project: inside\nversion: '1.0'\n").unwrap();
        assert!(ProjectFile::find(&inner).unwrap().is_none(), "no repository: only the directory itself");
        assert!(ProjectFile::find(&dir.path().join("repo")).unwrap().is_some());
        std::fs::write(dir.path().join("repo/.git"), "gitdir: elsewhere\n").unwrap();
        let found = ProjectFile::find(&inner).unwrap().unwrap();
        assert_eq!(found.project.unwrap().as_str(), "inside");
        assert_eq!(found.version.as_deref(), Some("1.0"));
        std::fs::remove_file(dir.path().join("repo").join(PROJECT_FILE)).unwrap();
        assert!(ProjectFile::find(&inner).unwrap().is_none(), "above the repository is not ours");
    }

    #[test]
    fn a_mistake_has_a_place_and_our_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(PROJECT_FILE);
        let cases = [
            ("project: p\nprojet: q\n", (2, 1), "must not set `projet`"),
            ("project: p\nversion: 1.10\n", (2, 10), "a `version` that is not text"),
            ("project: p\nworkflow: [a]\n", (2, 11), "a `workflow` that is not text"),
            ("\nproject: Up per\n", (2, 10), "a wrong `project`"),
            ("- a\n", (1, 1), "not a mapping"),
            ("project: p\nproject: q\n", (2, 1), "not a mapping"),
            ("project: p\n\tworkflow: w\n", (1, 10), "not a mapping"),
        ];
        for (text, (line, column), words) in cases {
            std::fs::write(&path, text).unwrap();
            let error = ProjectFile::read(&path).unwrap_err();
            assert!(error.message().contains(words), "{text}: {}", error.message());
            assert_eq!((error.place().line, error.place().column), (Some(line), Some(column)), "{text}");
            assert_eq!((error.exit(), error.code()), (Exit::Invalid, "project-file"));
        }
        std::fs::write(&path, "projet: q\n").unwrap();
        let near = ProjectFile::read(&path).unwrap_err();
        assert!(near.way_out().is_some_and(|hint| hint.contains("`project`")));
    }
}
