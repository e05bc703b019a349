use std::fs;
use std::path::{Path, PathBuf};

use assay_contract::{Document, parse_all};

use crate::error::CliError;
use crate::files::{self, Limit};

/// What a document file is called by.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// A text with documents, read and understood.
#[derive(Debug)]
pub(super) struct Source {
    /// What it is called: its path, or `-`.
    pub(super) label: String,
    /// Where its `file://` references begin.
    pub(super) directory: PathBuf,
    /// The text.
    pub(super) text: String,
    /// The documents in it.
    pub(super) documents: Vec<Document>,
}

/// Reads a file, every document file in a directory and below it, or standard input.
///
/// # Errors
/// [`CliError`] with exit 2 for what is absent, is not text, or is no document.
pub(super) fn read(path: &Path, cwd: &Path) -> Result<Vec<Source>, CliError> {
    if path == Path::new("-") {
        let text = files::stdin_text(Limit::DOCUMENT)?;
        return Ok(vec![understand("-".to_owned(), cwd.to_owned(), text)?]);
    }
    if !path.is_dir() {
        return Ok(vec![beside(path, files::given_text(path, Limit::DOCUMENT)?)?]);
    }
    let mut found = Vec::new();
    collect(path, &mut found)?;
    if found.is_empty() {
        return Err(CliError::usage(format!("there is no document in `{}`", path.display()))
            .hint("documents end in .yaml, .yml or .json"));
    }
    found.iter().map(|file| beside(file, files::text(file, Limit::DOCUMENT)?)).collect()
}

/// The documents of a file, whose references begin in its directory.
fn beside(path: &Path, text: String) -> Result<Source, CliError> {
    let directory = path.parent().unwrap_or(Path::new("")).to_owned();
    understand(path.display().to_string(), directory, text)
}

fn understand(label: String, directory: PathBuf, text: String) -> Result<Source, CliError> {
    match parse_all(&text) {
        Ok(documents) => Ok(Source { label, directory, text, documents }),
        Err(errors) => Err(CliError::in_document(&label, &text, errors)),
    }
}

/// Document files in the order of their paths. Hidden ones are left out, links to directories are not followed.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let failed = |error| CliError::file("read", directory, error);
    let entries: Result<Vec<_>, _> = fs::read_dir(directory).map_err(failed)?.collect();
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(failed)?;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() {
            collect(&path, files)?;
        } else if EXTENSIONS.contains(&extension) {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use assay_wire::Exit;

    use super::*;

    const CONTRACT: &str = "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\nspec: {materials: []}\n";

    #[test]
    fn a_directory_is_read_in_order_without_what_is_hidden() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, CONTRACT).unwrap();
        };
        for name in ["b.yaml", "a/z.yml", "a/y.json.txt", ".git/x.yaml", ".assay.yaml"] {
            write(name);
        }
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        let sources = read(dir.path(), Path::new("/")).unwrap();
        let names: Vec<_> = sources.iter().map(|source| source.label.rsplit('/').next().unwrap_or_default()).collect();
        assert_eq!(names, ["z.yml", "b.yaml"]);
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(read(empty.path(), Path::new("/")).unwrap_err().exit(), Exit::Invalid);
    }

    #[test]
    fn a_mistake_names_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.yaml");
        fs::write(&path, format!("{CONTRACT}---\nkind: Nope\n")).unwrap();
        let error = read(&path, Path::new("/")).unwrap_err();
        assert!(error.exit() == Exit::Invalid && error.message().contains("c.yaml"), "{}", error.message());
        assert!(error.excerpt().is_some());
    }
}
