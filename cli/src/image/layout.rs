use std::io::{self, Read as _};
use std::path::Path;

use assay_base::Digest;
use assay_material::image;
use serde::Deserialize;

use super::{Image, ImageError};
use crate::files::open_regular;

/// Largest index or manifest that is read.
const LIMIT: u64 = 4 << 20;

/// The version of the layout that is understood (image-spec, `image-layout.md`, "oci-layout file").
const VERSION: &str = "1.0.0";

/// The file that marks a layout.
#[derive(Deserialize)]
struct Mark {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

/// The image of a directory in the OCI layout (image-spec, `image-layout.md`); `wanted` chooses among several.
///
/// # Errors
/// [`ImageError::Layout`] when the directory is not one, or its manifest is missing or has another digest.
pub(crate) fn of_layout(directory: &Path, wanted: Option<Digest>) -> Result<Image, ImageError> {
    check_version(&directory.join("oci-layout"))?;
    let index = read(&directory.join("index.json"))?;
    let chosen = image::layout(&index, wanted).map_err(|source| failed(directory, source))?;
    let manifest = directory.join("blobs").join("sha256").join(chosen.digest.hex());
    if Digest::of(&read(&manifest)?) != chosen.digest {
        let changed = io::Error::new(io::ErrorKind::InvalidData, "its bytes have another digest than its name says");
        return Err(failed(&manifest, changed));
    }
    let name = chosen.ref_name.as_deref().map_or_else(|| "oci-layout".to_owned(), |name| format!("oci-layout:{name}"));
    Ok(Image { name, digest: chosen.digest, tag: chosen.ref_name.filter(|name| is_tag(name)), latest: None })
}

fn check_version(path: &Path) -> Result<(), ImageError> {
    let mark: Mark = serde_json::from_slice(&read(path)?).map_err(|source| failed(path, source))?;
    if mark.version == VERSION {
        return Ok(());
    }
    let message = format!("the layout has the version `{}`, `{VERSION}` is understood", mark.version);
    Err(failed(path, io::Error::new(io::ErrorKind::InvalidData, message)))
}

/// Whether the name of an image in a layout is a tag, and not a whole reference.
fn is_tag(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let read = open_regular(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
    read.map_err(|source| failed(path, source))?;
    Ok(bytes)
}

fn failed(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> ImageError {
    ImageError::Layout { path: path.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_must_be_what_the_index_says() {
        let root = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"{}");
        let blobs = root.path().join("blobs/sha256");
        std::fs::create_dir_all(&blobs).unwrap();
        let index = serde_json::json!({"schemaVersion": 2, "manifests": [{"digest": digest.to_string(),
            "annotations": {"org.opencontainers.image.ref.name": "1.4.2"}}]});
        std::fs::write(root.path().join("index.json"), index.to_string()).unwrap();
        let versions = ["{}", "x", r#"{"imageLayoutVersion": "2.0.0"}"#, r#"{"imageLayoutVersion": "1.0.0"}"#];
        for version in versions {
            std::fs::write(root.path().join("oci-layout"), version).unwrap();
            let told = of_layout(root.path(), None).unwrap_err().to_string();
            assert_eq!(told.contains("index.json") || told.contains("blobs"), version.contains("1.0.0"), "{told}");
        }
        assert!(matches!(of_layout(root.path(), None), Err(ImageError::Layout { .. })), "no manifest");
        std::fs::write(blobs.join(digest.hex()), "other").unwrap();
        assert!(of_layout(root.path(), None).unwrap_err().to_string().contains("another digest"));
        std::fs::write(blobs.join(digest.hex()), "{}").unwrap();
        let image = of_layout(root.path(), None).unwrap();
        assert_eq!(
            (image.name.as_str(), image.digest, image.tag.as_deref()),
            ("oci-layout:1.4.2", digest, Some("1.4.2"))
        );
        assert!(of_layout(root.path(), Some(Digest::of(b"x"))).is_err());
        std::fs::remove_file(blobs.join(digest.hex())).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(blobs.join(digest.hex())).status().unwrap().success());
        assert!(of_layout(root.path(), None).unwrap_err().to_string().contains("not a regular file"));
    }
}
