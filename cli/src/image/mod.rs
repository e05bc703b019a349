//! Container images: their digest, from a directory in the OCI layout or from a registry. And components of integrations,
//! which lie in registries too.

mod challenge;
mod component;
mod credentials;
mod layout;
mod manifest;
mod registry;

use std::path::PathBuf;

use assay_base::Digest;
use assay_material::image::Reference;

use crate::config::Environment;

/// An image, pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Its name without tag and digest, or `oci-layout:…`.
    pub(crate) name: String,
    /// The digest of its manifest or index.
    pub(crate) digest: Digest,
    /// The tag that it was asked for by.
    pub(crate) tag: Option<String>,
    /// Whether it is `latest` too; absent when nobody said.
    pub(crate) latest: Option<bool>,
}

/// Why an image has no digest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    /// The registry's name is no host.
    #[error("`{registry}` is not a registry")]
    Host {
        /// The registry.
        registry: String,
    },
    /// No answer.
    #[error("the registry `{registry}` cannot be reached")]
    Network {
        /// The registry.
        registry: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Not without credentials, or not with these.
    #[error("the registry `{registry}` does not let you read `{repository}`")]
    Denied {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// No such image.
    #[error("there is no image `{image}`")]
    NotFound {
        /// The image.
        image: String,
    },
    /// An answer that makes no sense.
    #[error("the registry `{registry}` answered with the status {status}, which says nothing about the image")]
    Answer {
        /// The registry.
        registry: String,
        /// The HTTP status.
        status: u16,
    },
    /// An answer that is no manifest and no index.
    #[error("the registry `{registry}` does not answer with an image: {source}")]
    Manifest {
        /// The registry.
        registry: String,
        /// What it is not.
        source: ManifestError,
    },
    /// The registry names another digest than that of its answer.
    #[error("the registry `{registry}` says that the digest is `{said}`, its answer has `{digest}`")]
    Digest {
        /// The registry.
        registry: String,
        /// What its header says.
        said: String,
        /// The digest of the bytes.
        digest: Digest,
    },
    /// The registry sends its clients to somebody else for a token.
    #[error("the registry `{registry}` asks for a token of `{realm}`, which is not its own")]
    Realm {
        /// The registry.
        registry: String,
        /// Where it sends its clients.
        realm: String,
    },
    /// More requests than an image takes.
    #[error("the registry `{registry}` asks for one more request again and again")]
    Requests {
        /// The registry.
        registry: String,
    },
    /// A manifest that is too large.
    #[error("the registry `{registry}` answers more than {limit} bytes")]
    Size {
        /// The registry.
        registry: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The artifact is no component.
    #[error("`{name}` is not a component: {source}")]
    Component {
        /// The artifact.
        name: String,
        /// Why.
        source: ComponentError,
    },
    /// The directory is no OCI layout, or not one with one image.
    #[error("`{}` cannot be used as an OCI layout: {source}", path.display())]
    Layout {
        /// The directory or a file in it.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

pub(crate) use component::{COMPONENT_BYTES, ComponentError, component};
pub(crate) use layout::of_layout;
pub(crate) use manifest::ManifestError;
pub(crate) use registry::upload::{Artifact, push};

/// The image that `reference` names. One with a digest is taken at its word, without the network.
///
/// # Errors
/// [`ImageError`] when a tag cannot be resolved.
pub(crate) async fn of_reference(reference: &Reference, env: &Environment) -> Result<Image, ImageError> {
    let name = reference.name();
    let tag = reference.tag().map(str::to_owned);
    if let Some(digest) = reference.digest() {
        return Ok(Image { name, digest, tag, latest: None });
    }
    let tag = tag.unwrap_or_else(|| "latest".to_owned());
    let resolved = registry::resolve(reference, &tag, env).await?;
    Ok(Image { name, digest: resolved.digest, tag: Some(tag), latest: resolved.latest })
}

/// Whether a host is this machine: plain HTTP goes there and nowhere else.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
