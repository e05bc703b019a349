use assay_base::json::{self, JsonError};
use serde_json::Value;

/// What a media type is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One image.
    Manifest,
    /// Several, one for each platform.
    Index,
}

/// The media types of images (OCI image-spec, `media-types.md`, and Docker's image manifest V2, schema 2).
const MEDIA_TYPES: [(&str, Shape); 4] = [
    ("application/vnd.oci.image.index.v1+json", Shape::Index),
    ("application/vnd.oci.image.manifest.v1+json", Shape::Manifest),
    ("application/vnd.docker.distribution.manifest.list.v2+json", Shape::Index),
    ("application/vnd.docker.distribution.manifest.v2+json", Shape::Manifest),
];

/// Why an answer is no image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// It is not JSON with one reading.
    #[error("it is not JSON: {0}")]
    Json(#[source] JsonError),
    /// Neither the document nor the header says that it is an image, or they say different things.
    #[error("its media type is `{0}`, which is no image's")]
    MediaType(String),
    /// It is not a document of its media type.
    #[error("it has no `{0}`")]
    Member(&'static str),
}

/// The value of `Accept`: what is understood.
pub(super) fn accepted() -> String {
    MEDIA_TYPES.map(|(name, _)| name).join(", ")
}

/// Whether `body` is a manifest or an index. The media type in the document counts; one without is what `Content-Type` says.
///
/// # Errors
/// [`ManifestError`] when it is neither.
pub(super) fn check(body: &[u8], content_type: Option<&str>) -> Result<(), ManifestError> {
    let document = json::parse(body).map_err(ManifestError::Json)?;
    let header = content_type.map(|header| header.split(';').next().unwrap_or(header).trim());
    let said = document.get("mediaType").map(|said| said.as_str().unwrap_or_default());
    let name = said.or(header).unwrap_or_default();
    let foreign = |name: &str| ManifestError::MediaType(name.to_owned());
    let shape = shape(name).ok_or_else(|| foreign(name))?;
    // A header that names another image type would make two clients read two things (OCI image-spec, CVE-2021-41190).
    if let Some(header) = header.filter(|header| *header != name && self::shape(header).is_some()) {
        return Err(foreign(header));
    }
    if document.get("schemaVersion").and_then(Value::as_u64) != Some(2) {
        return Err(ManifestError::Member("schemaVersion"));
    }
    let (member, there) = match shape {
        Shape::Manifest => ("config", document.get("config").is_some_and(Value::is_object)),
        Shape::Index => ("manifests", document.get("manifests").is_some_and(Value::is_array)),
    };
    if there { Ok(()) } else { Err(ManifestError::Member(member)) }
}

fn shape(name: &str) -> Option<Shape> {
    MEDIA_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, shape)| *shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_manifests_and_indexes_are_images() {
        let oci = "application/vnd.oci.image.manifest.v1+json";
        let index = "application/vnd.oci.image.index.v1+json";
        let manifest = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
        let typed = format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#);
        let cases: [(&str, Option<&str>, bool); 13] = [
            (manifest, Some(oci), true),
            (manifest, Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"), true),
            (&typed, None, true),
            (&typed, Some("application/octet-stream"), true),
            (&typed, Some(index), true),
            (&typed, Some(oci), false),
            (manifest, Some(index), false),
            (manifest, Some("application/json"), false),
            (manifest, None, false),
            ("<html>log in</html>", Some(oci), false),
            ("{}", Some(oci), false),
            ("[]", Some(oci), false),
            (r#"{"schemaVersion":1,"config":{}}"#, Some(oci), false),
        ];
        for (body, content_type, expected) in cases {
            assert_eq!(check(body.as_bytes(), content_type).is_ok(), expected, "{body} {content_type:?}");
        }
    }
}
