use assay_base::json::{self, JsonError};
use assay_base::{Digest, DigestError};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The image of an OCI image layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutImage {
    /// The digest of its manifest, or of its index when it is for several platforms.
    pub digest: Digest,
    /// Its name: `org.opencontainers.image.ref.name`, else `io.containerd.image.name`.
    pub ref_name: Option<String>,
}

/// Why a layout does not give one image.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// `index.json` is not JSON.
    #[error("`index.json` cannot be read: {0}")]
    Json(#[source] JsonError),
    /// `index.json` is no index.
    #[error("`index.json` is no OCI image index: {0}")]
    Shape(#[source] serde_json::Error),
    /// `index.json` is of a version that is not known.
    #[error("`index.json` has the `schemaVersion` {0}, 2 is supported")]
    Version(u64),
    /// A manifest is addressed by something else than SHA-256.
    #[error("the digest `{found}` in `index.json` is wrong: {source}")]
    Digest {
        /// What is written there.
        found: String,
        /// Why it is wrong.
        source: DigestError,
    },
    /// There is no image.
    #[error("the layout holds no image")]
    Empty,
    /// There are several images, and none is chosen.
    #[error("the layout holds {} images: choose one by its digest, `path@sha256:…`", .0.len())]
    Several(Vec<LayoutImage>),
    /// The image that is chosen is not there.
    #[error("the layout holds no image with the digest {0}")]
    Absent(Digest),
}

/// Picks the image of an OCI image layout (image-spec, image-layout.md) from its `index.json`. A manifest may be an index
/// itself; its images are not looked at.
///
/// # Errors
/// [`LayoutError`] when the index is not one, holds no image, several while `wanted` is not given, or not the one wanted.
pub fn layout(index_json: &[u8], wanted: Option<Digest>) -> Result<LayoutImage, LayoutError> {
    let value = json::parse(index_json).map_err(LayoutError::Json)?;
    let index: Index = serde_json::from_value(value).map_err(LayoutError::Shape)?;
    if index.schema_version != 2 {
        return Err(LayoutError::Version(index.schema_version));
    }
    let mut images = index.manifests.into_iter().map(image).collect::<Result<Vec<_>, _>>()?;
    if let Some(wanted) = wanted {
        return images.into_iter().find(|image| image.digest == wanted).ok_or(LayoutError::Absent(wanted));
    }
    match images.len() {
        0 => Err(LayoutError::Empty),
        1 => Ok(images.remove(0)),
        _ => Err(LayoutError::Several(images)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u64,
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

fn image(mut descriptor: Descriptor) -> Result<LayoutImage, LayoutError> {
    let digest = match descriptor.digest.parse() {
        Ok(digest) => digest,
        Err(source) => return Err(LayoutError::Digest { found: descriptor.digest, source }),
    };
    let mut annotation = |key: &str| descriptor.annotations.remove(key).filter(|name| !name.is_empty());
    let ref_name = annotation("org.opencontainers.image.ref.name").or_else(|| annotation("io.containerd.image.name"));
    Ok(LayoutImage { digest, ref_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(manifests: &[(char, &str)]) -> Vec<u8> {
        let manifests: Vec<_> = manifests
            .iter()
            .map(|(c, name)| {
                serde_json::json!({"digest": format!("sha256:{}", String::from(*c).repeat(64)),
                                   "annotations": {"org.opencontainers.image.ref.name": name}})
            })
            .collect();
        serde_json::json!({"schemaVersion": 2, "manifests": manifests}).to_string().into_bytes()
    }

    #[test]
    fn one_image_is_picked() {
        let b = Digest::from_bytes([0xbb; 32]);
        assert_eq!(
            layout(&index(&[('b', "v1")]), None).unwrap(),
            LayoutImage { digest: b, ref_name: Some("v1".into()) }
        );
        let two = index(&[('a', "v0"), ('b', "")]);
        assert_eq!(layout(&two, Some(b)).unwrap(), LayoutImage { digest: b, ref_name: None });
        assert!(matches!(layout(&two, None), Err(LayoutError::Several(images)) if images.len() == 2));
        assert!(matches!(layout(&index(&[('a', "")]), Some(b)), Err(LayoutError::Absent(absent)) if absent == b));
        assert!(matches!(layout(&index(&[]), None), Err(LayoutError::Empty)));
        assert!(matches!(layout(b"{}", None), Err(LayoutError::Shape(_))));
        assert!(matches!(layout(br#"{"schemaVersion": 1, "manifests": []}"#, None), Err(LayoutError::Version(1))));
        let sha512 = br#"{"schemaVersion": 2, "manifests": [{"digest": "sha512:00"}]}"#;
        assert!(matches!(layout(sha512, None), Err(LayoutError::Digest { .. })));
    }
}
