mod python;
mod rust;
mod typescript;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{KitError, Language, Packed, pack};

/// The world that components in languages import whole, whether they use it or not.
const WORLD: &str = "plugin-http";

/// A folder with the sources of an integration.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder.
    pub folder: PathBuf,
    /// The language that it is written in.
    pub language: Language,
}

impl Project {
    /// The integration in a folder; its language is told by the files of its toolchain.
    ///
    /// # Errors
    /// [`KitError::NoProject`], [`KitError::File`].
    pub fn open(folder: &Path) -> Result<Self, KitError> {
        let folder = folder.canonicalize().map_err(|source| KitError::File {
            action: "read",
            path: folder.to_owned(),
            source,
        })?;
        let marks = [
            ("Cargo.toml", Language::Rust),
            ("package.json", Language::TypeScript),
            ("requirements.txt", Language::Python),
        ];
        match marks.into_iter().find(|(file, _)| folder.join(file).is_file()) {
            Some((_, language)) => Ok(Self { folder, language }),
            None => Err(KitError::NoProject(folder)),
        }
    }
}

/// Builds an integration and packs it. `say` hears of each step.
///
/// Tools that the project names and that are not there yet are installed by its own lock file; everything after that works
/// without a network.
///
/// # Errors
/// [`KitError`] of the tools or of packing.
pub fn build(project: &Project, say: &dyn Fn(&str)) -> Result<Packed, KitError> {
    let built = match project.language {
        Language::Rust => rust::build(&project.folder, say),
        Language::TypeScript => typescript::build(&project.folder, say),
        Language::Python => python::build(&project.folder, say),
    }?;
    say("asking the component what it is");
    pack(&built)
}

/// Runs a tool to its end; what it said is part of its failure.
fn run(command: &mut Command, hint: &'static str) -> Result<Vec<u8>, KitError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| KitError::Tool { tool, hint, source })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let output = said.iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join("\n");
    Err(KitError::Failed { tool: line(command), output })
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// A tool that is installed in this folder.
fn tool(folder: &Path, path: &str) -> Option<PathBuf> {
    Some(folder.join(path)).filter(|file| file.is_file())
}

fn read(path: &Path) -> Result<Vec<u8>, KitError> {
    std::fs::read(path).map_err(|source| KitError::File { action: "read", path: path.to_owned(), source })
}

/// Where a tool writes its component.
fn scratch() -> Result<tempfile::TempDir, KitError> {
    tempfile::tempdir().map_err(|source| KitError::File { action: "make", path: std::env::temp_dir(), source })
}
