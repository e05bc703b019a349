//! Puts the templates of `sdk-plugin/templates`, the WIT package and the sources of the SDK into the executable: a contributor
//! needs nothing else of Assay.
//!
//! `OUT_DIR/templates.rs` is a list of `(language, path, bytes)`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders of the templates of a language, and what of the SDK lies where in them.
const LANGUAGES: &[(&str, &[(&str, &str)])] =
    &[("rust", &[("src", "sdk/src"), ("wit", "sdk/wit")]), ("ts", &[("wit", "wit")]), ("python", &[("wit", "wit")])];

fn main() -> Result<(), Box<dyn Error>> {
    let sdk = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../sdk-plugin").canonicalize()?;
    let mut list = String::new();
    for (language, parts) in LANGUAGES {
        let template = sdk.join("templates").join(language);
        let mut files = found(&template, "")?;
        for (from, to) in *parts {
            files.extend(found(&sdk.join(from), to)?);
        }
        files.sort();
        for (path, file) in files {
            writeln!(list, "({language:?}, {path:?}, include_bytes!({:?}).as_slice()),", file.to_string_lossy())?;
        }
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("templates.rs"), format!("&[{list}]"))?;
    Ok(())
}

/// The files of a folder, by what they are called in a template. What toolchains leave behind is not among them.
fn found(folder: &Path, prefix: &str) -> io::Result<Vec<(String, PathBuf)>> {
    tell(folder);
    let mut files = vec![];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if ["node_modules", "build", "target", "__pycache__", ".venv"].contains(&name.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(found(&entry.path(), &path)?);
        } else {
            files.push((path, entry.path()));
        }
    }
    Ok(files)
}

fn tell(folder: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
}
