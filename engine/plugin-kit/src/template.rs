use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use assay_base::IntegrationId;

use crate::KitError;

/// `(language, path, bytes)`.
const FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// What templates are called, in the four ways that names are written.
const NAME: &str = "my-plugin";
const SNAKE: &str = "my_plugin";
const CAMEL: &str = "MyPlugin";
const TITLE: &str = "My plugin";

/// A language that there is a template for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust, with the SDK.
    Rust,
    /// TypeScript, on `QuickJS`.
    TypeScript,
    /// Python, on `CPython`.
    Python,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::Rust, Self::TypeScript, Self::Python];

    /// `rust`, `ts` or `python`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::TypeScript => "ts",
            Self::Python => "python",
        }
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rust" => Ok(Self::Rust),
            "ts" | "typescript" => Ok(Self::TypeScript),
            "python" | "py" => Ok(Self::Python),
            _ => Err("there are `rust`, `ts` and `python`".to_owned()),
        }
    }
}

/// Makes a new integration in `folder`, which must be empty or not be there; answers its files.
///
/// # Errors
/// [`KitError::NotEmpty`], [`KitError::File`].
pub fn create(language: Language, id: &IntegrationId, folder: &Path) -> Result<Vec<PathBuf>, KitError> {
    let failed = |action, path: &Path| {
        let path = path.to_owned();
        move |source| KitError::File { action, path, source }
    };
    fs::create_dir_all(folder).map_err(failed("make", folder))?;
    if fs::read_dir(folder).map_err(failed("read", folder))?.next().is_some() {
        return Err(KitError::NotEmpty(folder.to_owned()));
    }
    let names = Names::of(id);
    let mut made = vec![];
    for (_, path, bytes) in FILES.iter().filter(|(of, ..)| *of == language.as_str()) {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(failed("make", parent))?;
        }
        // The SDK is what it is; its examples have names of their own.
        let text = if path.starts_with("sdk/src/") { bytes.to_vec() } else { names.written_into(bytes) };
        fs::write(&file, text).map_err(failed("write", &file))?;
        made.push(file);
    }
    Ok(made)
}

/// A name as it stands in files.
struct Names {
    name: String,
    snake: String,
    camel: String,
    title: String,
}

impl Names {
    fn of(id: &IntegrationId) -> Self {
        let name = id.as_str().to_owned();
        let words: Vec<_> = name.split('-').filter(|word| !word.is_empty()).collect();
        let mut camel: String = words.iter().map(|word| capital(word)).collect();
        // Neither a type nor a crate begins with a digit.
        let digit = name.starts_with(|c: char| c.is_ascii_digit());
        if digit {
            camel.insert(0, 'P');
        }
        Self { snake: name.replace('-', "_"), title: capital(&words.join(" ")), camel, name }
    }

    fn written_into(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Err(_) => bytes.to_vec(),
            Ok(text) => {
                let text = text.replace(NAME, &self.name).replace(SNAKE, &self.snake);
                text.replace(CAMEL, &self.camel).replace(TITLE, &self.title).into_bytes()
            }
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(language: Language, name: &str) -> (tempfile::TempDir, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let files = create(language, &name.parse().unwrap(), folder.path()).unwrap();
        let names = files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        (folder, names)
    }

    #[test]
    fn every_template_has_what_it_is_built_from() {
        let cases: &[(Language, &[&str])] = &[
            (
                Language::Rust,
                &[
                    "Cargo.toml",
                    "Cargo.lock",
                    "src/lib.rs",
                    "sdk/Cargo.toml",
                    "sdk/src/lib.rs",
                    "sdk/wit/integration.wit",
                ],
            ),
            (
                Language::TypeScript,
                &[
                    "package.json",
                    "package-lock.json",
                    "index.ts",
                    "sdk/index.ts",
                    "test/plugin.test.mjs",
                    "wit/integration.wit",
                ],
            ),
            (
                Language::Python,
                &["requirements.txt", "src/app.py", "src/plugin.py", "tests/test_plugin.py", "wit/integration.wit"],
            ),
        ];
        for (language, expected) in cases {
            let (_folder, files) = made(*language, "jira-issues");
            for file in expected.iter().chain(&["README.md", ".gitignore"]) {
                assert!(files.contains(&(*file).to_owned()), "{language:?}: {file} in {files:?}");
            }
        }
    }

    #[test]
    fn a_new_integration_has_its_own_name_everywhere() {
        for language in Language::ALL {
            let (folder, files) = made(language, "jira-issues");
            for file in files.iter().filter(|file| !file.starts_with("sdk/src/")) {
                let text = fs::read_to_string(folder.path().join(file)).unwrap();
                assert!(![NAME, SNAKE, CAMEL, TITLE].iter().any(|name| text.contains(name)), "{language:?}: {file}");
            }
            let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
            assert!(readme.starts_with("# Jira issues\n"), "{readme}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "x").unwrap();
        let made = create(Language::Python, &"x".parse().unwrap(), folder.path());
        assert!(matches!(made, Err(KitError::NotEmpty(_))));
    }

    /// The SDK in a template has the dependencies of the SDK here, in the versions of this workspace.
    #[test]
    fn the_vendored_sdk_has_the_same_versions() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let workspace = read("Cargo.toml");
        let dependencies = |text: &str| -> Vec<String> {
            let sections = text.split("\n[").filter(|section| {
                let head = section.lines().next().unwrap_or_default();
                head.ends_with("dependencies]") && !head.starts_with("dev-")
            });
            sections
                .flat_map(|section| section.lines().skip(1).filter(|line| line.contains('=')).map(ToOwned::to_owned))
                .collect()
        };
        let name = |line: &String| line.split([' ', '.']).next().unwrap().to_owned();
        let vendored = dependencies(&read("sdk-plugin/templates/rust/sdk/Cargo.toml"));
        let own = dependencies(&read("sdk-plugin/Cargo.toml"));
        assert_eq!(vendored.iter().map(name).collect::<Vec<_>>(), own.iter().map(name).collect::<Vec<_>>());
        for line in vendored {
            assert!(workspace.contains(&format!("\n{line}\n")), "{line}");
        }
    }
}
