use std::path::{Path, PathBuf};

use assay_base::{Digest, MaterialKind};
use assay_material::image::{Reference, ReferenceError};

/// What a value on the command line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A file.
    File(PathBuf),
    /// A directory in the OCI layout, and which of its images.
    Layout(PathBuf, Option<Digest>),
    /// An image in a registry.
    Image(Reference),
    /// A text.
    Text(String),
}

/// Why a value means nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValueError {
    /// It looks like a path, and there is nothing.
    #[error("there is no file `{0}`")]
    NoSuchFile(String),
    /// A URL.
    #[error("`{0}` is a URL, which is not downloaded")]
    Url(String),
    /// A directory where a file is due.
    #[error("`{0}` is a directory without `oci-layout`")]
    Directory(String),
    /// An image is due.
    #[error("`{value}` is no container image: {source}")]
    Image {
        /// The value.
        value: String,
        /// Why.
        source: ReferenceError,
    },
}

impl ValueError {
    /// The stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchFile(_) => "no-such-file",
            Self::Url(_) => "value-is-url",
            Self::Directory(_) => "value-is-directory",
            Self::Image { .. } => "image-reference",
        }
    }

    /// The way out.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchFile(_) => Some("a text that looks like a path is given with `--kind STRING`"),
            Self::Url(_) => Some("download it first, and give the file; a text is given with `--kind STRING`"),
            Self::Directory(_) => Some("give a file, or pack the directory into an archive"),
            Self::Image { .. } => None,
        }
    }
}

/// Finds out what `value` means for a material of `kind`, or for one whose kind is to be found out. A path that is not
/// there never becomes a text.
///
/// # Errors
/// [`ValueError`] for what is neither.
pub(crate) fn resolve(value: &str, kind: Option<MaterialKind>, directory: &Path) -> Result<Value, ValueError> {
    match kind {
        Some(MaterialKind::String) => Ok(Value::Text(value.to_owned())),
        Some(MaterialKind::ContainerImage) => match layout(value, directory) {
            Some(layout) => Ok(layout),
            None if begins_as_path(value) => Err(ValueError::NoSuchFile(value.to_owned())),
            None => {
                value.parse().map(Value::Image).map_err(|source| ValueError::Image { value: value.to_owned(), source })
            }
        },
        Some(_) => file(value, directory)?.ok_or_else(|| ValueError::NoSuchFile(value.to_owned())),
        None => guess(value, directory),
    }
}

fn guess(value: &str, directory: &Path) -> Result<Value, ValueError> {
    if let Some(layout) = layout(value, directory) {
        return Ok(layout);
    }
    if let Some(file) = file(value, directory)? {
        return Ok(file);
    }
    if let Some(reference) = image(value) {
        return Ok(Value::Image(reference));
    }
    if value.starts_with("https://") || value.starts_with("http://") {
        return Err(ValueError::Url(value.to_owned()));
    }
    if begins_as_path(value) || value.contains(['/', '\\']) || extension(value).is_some() {
        return Err(ValueError::NoSuchFile(value.to_owned()));
    }
    Ok(Value::Text(value.to_owned()))
}

/// `path` or `path@sha256:…`, when the path is a directory in the OCI layout.
fn layout(value: &str, directory: &Path) -> Option<Value> {
    let found = |path: &str, digest| {
        let path = directory.join(path);
        path.join("oci-layout").is_file().then_some(Value::Layout(path, digest))
    };
    found(value, None).or_else(|| {
        let (path, digest) = value.rsplit_once('@')?;
        found(path, Some(digest.parse().ok()?))
    })
}

fn file(value: &str, directory: &Path) -> Result<Option<Value>, ValueError> {
    let path = directory.join(value);
    match std::fs::metadata(&path) {
        // Nothing joined to a directory is the directory.
        _ if value.is_empty() => Ok(None),
        Ok(about) if about.is_dir() => Err(ValueError::Directory(value.to_owned())),
        Ok(_) => Ok(Some(Value::File(path))),
        Err(_) => Ok(None),
    }
}

/// A reference that nothing else can be: it has a digest, or names a registry and does not end like a file.
fn image(value: &str) -> Option<Reference> {
    let reference: Reference = value.parse().ok()?;
    let (first, rest) = value.split_once('/').unwrap_or(("", value));
    let names_registry = first == "localhost" || first.contains(['.', ':']);
    let last = rest.rsplit('/').next().unwrap_or(rest);
    let like_a_file = reference.tag().is_none() && extension(last).is_some();
    (reference.digest().is_some() || names_registry && !like_a_file).then_some(reference)
}

fn begins_as_path(value: &str) -> bool {
    value.starts_with(['.', '~', '/', '\\'])
}

/// What looks like the extension of a file: up to ten letters and digits behind the last dot, a letter first.
fn extension(value: &str) -> Option<&str> {
    let (stem, extension) = value.rsplit_once('.')?;
    let known = extension.starts_with(|c: char| c.is_ascii_alphabetic())
        && extension.len() <= 10
        && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    (known && !stem.is_empty()).then_some(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_looks_like_and_a_missing_path_is_never_a_text() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("sbom.json"), "{}").unwrap();
        std::fs::create_dir_all(root.path().join("layout")).unwrap();
        std::fs::create_dir_all(root.path().join("plain")).unwrap();
        std::fs::write(root.path().join("layout/oci-layout"), "{}").unwrap();
        let pinned = format!("layout@sha256:{}", "0".repeat(64));
        let named = format!("app@sha256:{}", "0".repeat(64));
        let digest = format!("ghcr.io/example/app:1.4.2@sha256:{}", "0".repeat(64));
        let cases: [(&str, Option<&str>, &str); 27] = [
            ("sbom.json", None, "File"),
            ("sbom.json", Some("STRING"), "Text"),
            ("layout", None, "Layout"),
            ("layout", Some("CONTAINER_IMAGE"), "Layout"),
            (&pinned, None, "Layout"),
            (&digest, None, "Image"),
            (&named, None, "Image"),
            ("ghcr.io/example/app", None, "Image"),
            ("ghcr.io/example/app:latest", None, "Image"),
            ("localhost:5000/app:1", None, "Image"),
            ("nginx", Some("CONTAINER_IMAGE"), "Image"),
            ("nginx", None, "Text"),
            ("just a sentence", None, "Text"),
            ("1.4.2", None, "Text"),
            ("", None, "Text"),
            ("plain", None, "value-is-directory"),
            ("good.cdx.jsn", None, "no-such-file"),
            ("good.cdx.jsn", Some("STRING"), "Text"),
            ("./reports/scan.sarif", None, "no-such-file"),
            ("../x.xml", None, "no-such-file"),
            ("/nope/file", None, "no-such-file"),
            ("my.reports/scan.sarif", None, "no-such-file"),
            ("reports\\scan", None, "no-such-file"),
            ("~/x", None, "no-such-file"),
            ("../layout", Some("CONTAINER_IMAGE"), "no-such-file"),
            ("nope", Some("SARIF"), "no-such-file"),
            ("https://h/a.json", None, "value-is-url"),
        ];
        for (value, kind, expected) in cases {
            let kind = kind.map(|kind| kind.parse().unwrap());
            let found = match resolve(value, kind, root.path()) {
                Ok(Value::File(_)) => "File",
                Ok(Value::Layout(_, digest)) if digest.is_some() == value.contains('@') => "Layout",
                Ok(Value::Layout(..)) => "another image",
                Ok(Value::Image(_)) => "Image",
                Ok(Value::Text(_)) => "Text",
                Err(error) => error.code(),
            };
            assert_eq!(found, expected, "{value} {kind:?}");
        }
    }
}
