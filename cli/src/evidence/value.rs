use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use assay_base::{Digest, DigestError, MaterialKind};
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
    /// Something is there, and cannot be looked at: a link that leads nowhere, or a directory that others may read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A path that is there, with a digest that is none.
    #[error("`{value}` names no image of a directory: {source}")]
    LayoutDigest {
        /// The value.
        value: String,
        /// Why.
        source: DigestError,
    },
    /// Not Unicode, and no file.
    #[error("`{0}` is not UTF-8, and there is no file of that name")]
    NotUnicode(String),
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
            Self::Unreadable { .. } => "file",
            Self::LayoutDigest { .. } => "image-layout",
            Self::NotUnicode(_) => "value-encoding",
            Self::Image { .. } => "image-reference",
        }
    }

    /// The way out.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchFile(_) => Some("a text that looks like a path is given with `--kind STRING`"),
            Self::Url(_) => Some("download it first, and give the file; a text is given with `--kind STRING`"),
            Self::Directory(_) => Some("give a file, or pack the directory into an archive"),
            Self::Unreadable { .. } | Self::LayoutDigest { .. } | Self::NotUnicode(_) | Self::Image { .. } => None,
        }
    }
}

/// Finds out what `value` means for a material of `kind`, or for one whose kind is to be found out. A path that is not
/// there never becomes a text, and neither does one that cannot be looked at.
///
/// # Errors
/// [`ValueError`] for what is neither.
pub(crate) fn resolve(value: &OsStr, kind: Option<MaterialKind>, directory: &Path) -> Result<Value, ValueError> {
    let Some(text) = value.to_str() else { return not_unicode(value, kind, directory) };
    match kind {
        Some(MaterialKind::String) => Ok(Value::Text(text.to_owned())),
        Some(MaterialKind::ContainerImage) => match layout(text, directory)? {
            Some(layout) => Ok(layout),
            None if begins_as_path(text) => Err(ValueError::NoSuchFile(text.to_owned())),
            None => {
                text.parse().map(Value::Image).map_err(|source| ValueError::Image { value: text.to_owned(), source })
            }
        },
        Some(_) => file(value, directory)?.ok_or_else(|| ValueError::NoSuchFile(text.to_owned())),
        None => guess(text, directory),
    }
}

/// A name that is not Unicode can be that of a file, and nothing else.
fn not_unicode(value: &OsStr, kind: Option<MaterialKind>, directory: &Path) -> Result<Value, ValueError> {
    let found = match kind {
        Some(MaterialKind::String | MaterialKind::ContainerImage) => None,
        _ => file(value, directory)?,
    };
    found.ok_or_else(|| ValueError::NotUnicode(value.to_string_lossy().into_owned()))
}

fn guess(value: &str, directory: &Path) -> Result<Value, ValueError> {
    if let Some(layout) = layout(value, directory)? {
        return Ok(layout);
    }
    if let Some(file) = file(value.as_ref(), directory)? {
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
fn layout(value: &str, directory: &Path) -> Result<Option<Value>, ValueError> {
    let whole = directory.join(value);
    // Nothing joined to a directory is the directory.
    if !value.is_empty() && is_layout(&whole)? {
        return Ok(Some(Value::Layout(whole, None)));
    }
    let Some((path, digest)) = value.rsplit_once('@').filter(|(path, _)| !path.is_empty()) else { return Ok(None) };
    let path = directory.join(path);
    let wrong = |source| ValueError::LayoutDigest { value: value.to_owned(), source };
    if is_layout(&path)? {
        return Ok(Some(Value::Layout(path, Some(digest.parse().map_err(wrong)?))));
    }
    if digest.starts_with("sha256:") && about(&path)?.is_some() {
        digest.parse::<Digest>().map_err(wrong)?;
    }
    Ok(None)
}

fn is_layout(path: &Path) -> Result<bool, ValueError> {
    let is_directory = about(path)?.is_some_and(|about| about.is_dir());
    Ok(is_directory && about(&path.join("oci-layout"))?.is_some_and(|about| about.is_file()))
}

fn file(value: &OsStr, directory: &Path) -> Result<Option<Value>, ValueError> {
    if value.is_empty() {
        return Ok(None);
    }
    let path = directory.join(value);
    match about(&path)? {
        Some(about) if about.is_dir() => Err(ValueError::Directory(value.to_string_lossy().into_owned())),
        found => Ok(found.map(|_| Value::File(path))),
    }
}

/// What is at a path, links followed; nothing when nothing is there, or when no path can be written like that.
fn about(path: &Path) -> Result<Option<Metadata>, ValueError> {
    let unreadable = |source| ValueError::Unreadable { path: path.to_owned(), source };
    match std::fs::metadata(path) {
        Ok(about) => Ok(Some(about)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A link without a target is there all the same.
            if path.symlink_metadata().is_ok() { Err(unreadable(error)) } else { Ok(None) }
        }
        // A text that is too long for the name of a file.
        Err(error) if error.kind() == ErrorKind::InvalidFilename => Ok(None),
        Err(error) => Err(unreadable(error)),
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
        let cases: [(&str, Option<&str>, &str); 28] = [
            ("sbom.json", None, "File"),
            ("sbom.json", Some("STRING"), "Text"),
            ("layout", None, "Layout"),
            ("layout", Some("CONTAINER_IMAGE"), "Layout"),
            (&pinned, None, "Layout"),
            (&digest, None, "Image"),
            (&named, None, "Image"),
            ("ghcr.io/example/app", None, "Image"),
            ("[::1]:5000/app:1", None, "Image"),
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
            let found = match resolve(value.as_ref(), kind, root.path()) {
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
    #[test]
    fn what_cannot_be_looked_at_is_no_text() {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        symlink("nowhere", at("dangling")).unwrap();
        symlink("circle", at("circle")).unwrap();
        std::fs::create_dir_all(at("layout")).unwrap();
        std::fs::create_dir_all(at("broken")).unwrap();
        std::fs::write(at("layout/oci-layout"), "{}").unwrap();
        std::fs::write(at("scan"), "{}").unwrap();
        symlink("nowhere", at("broken/oci-layout")).unwrap();
        let zeros = "0".repeat(64);
        let cases = [
            ("dangling", "file"),
            ("circle", "file"),
            ("circle/app", "file"),
            ("broken", "file"),
            ("scan/oci-layout", "file"),
            ("layout@sha256:zz", "image-layout"),
            ("layout@1.0", "image-layout"),
            ("scan@sha256:zz", "image-layout"),
        ];
        for (value, code) in cases {
            for kind in [None, Some(MaterialKind::ContainerImage), Some(MaterialKind::Sarif)] {
                let error = resolve(value.as_ref(), kind, root.path()).unwrap_err();
                assert!(kind.is_some() || error.code() == code, "{value}: {error}");
            }
        }
        let told = resolve("circle".as_ref(), None, root.path()).unwrap_err().to_string();
        assert!(told.contains("symbolic link"), "{told}");
        let long = "a word and ".repeat(60);
        for text in [long.as_str(), "ann@example", &format!("scan sha256:{zeros}")] {
            assert_eq!(resolve(text.as_ref(), None, root.path()).unwrap(), Value::Text(text.to_owned()));
        }
        let odd = OsStr::from_bytes(b"caf\xe9.json");
        assert_eq!(resolve(odd, None, root.path()).unwrap_err().code(), "value-encoding");
        std::fs::write(root.path().join(odd), "{}").unwrap();
        assert_eq!(resolve(odd, None, root.path()).unwrap(), Value::File(root.path().join(odd)));
        assert_eq!(resolve(odd, Some(MaterialKind::String), root.path()).unwrap_err().code(), "value-encoding");
    }
}
