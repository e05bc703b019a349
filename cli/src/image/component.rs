use assay_base::{Digest, json};
use assay_material::image::Reference;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::ImageError;
use super::registry::{ARTIFACT_REQUESTS, Session};
use crate::config::Environment;

/// The media types of a component's config and of its one layer (CNCF TAG Runtime, "Wasm OCI Artifact Layout").
pub(super) const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub(super) const LAYER: &str = "application/wasm";
/// The annotation of the manifest that holds the Sigstore bundle over the component, in base64.
pub(super) const BUNDLE: &str = "dev.assay.bundle";
/// Largest component.
pub(crate) const COMPONENT_BYTES: usize = 32 << 20;

/// What was pulled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Component {
    /// The component.
    pub(crate) component: Vec<u8>,
    /// The bundle of its signature, if there is one.
    pub(crate) bundle: Option<Vec<u8>>,
}

/// Why an artifact is no component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComponentError {
    /// It is not JSON with one reading.
    #[error("its manifest is not JSON: {0}")]
    Json(#[source] json::JsonError),
    /// It has not the members of a manifest.
    #[error("its manifest has another form than that of an artifact: {0}")]
    Shape(#[source] serde_json::Error),
    /// The config is of something else.
    #[error("its config is of the type `{0}`, and not of `{CONFIG}`")]
    Config(String),
    /// There is not one layer of the right type.
    #[error("it has not exactly one layer, of the type `{LAYER}`")]
    Layers,
    /// It is too large.
    #[error("it has {0} bytes, more than {COMPONENT_BYTES} (limit `component-size`)")]
    Size(u64),
    /// The annotation is not base64.
    #[error("its annotation `{BUNDLE}` is not base64: {0}")]
    Bundle(#[source] base64::DecodeError),
}

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: Digest,
    size: u64,
}

/// Pulls the component that `reference` names, with its signature. Every byte has the digest that names it.
///
/// # Errors
/// [`ImageError`] when it cannot be had, or is not a component.
pub(crate) async fn component(reference: &Reference, env: &Environment) -> Result<Component, ImageError> {
    let mut session = Session::new(reference, env, ARTIFACT_REQUESTS)?;
    let wanted = reference.digest().map(|digest| digest.to_string());
    let tag = wanted.as_deref().or_else(|| reference.tag()).unwrap_or("latest");
    let (digest, manifest) = session.manifest_bytes(tag).await?;
    let mismatch =
        |said: String, digest| ImageError::Digest { registry: reference.registry().to_owned(), said, digest };
    if reference.digest().is_some_and(|wanted| wanted != digest) {
        return Err(mismatch(tag.to_owned(), digest));
    }
    let (layer, bundle) = read(&manifest).map_err(|source| ImageError::Component { name: reference.name(), source })?;
    let (_, component) = session.fetch("blobs", &layer.to_string(), COMPONENT_BYTES).await?;
    match Digest::of(&component) {
        found if found == layer => Ok(Component { component, bundle }),
        found => Err(mismatch(layer.to_string(), found)),
    }
}

/// The digest of the component, and the bundle.
fn read(manifest: &[u8]) -> Result<(Digest, Option<Vec<u8>>), ComponentError> {
    let value = json::parse(manifest).map_err(ComponentError::Json)?;
    let manifest: Manifest = serde_json::from_value(value).map_err(ComponentError::Shape)?;
    if manifest.config.media_type != CONFIG {
        return Err(ComponentError::Config(manifest.config.media_type));
    }
    let [layer] = &manifest.layers[..] else { return Err(ComponentError::Layers) };
    if layer.media_type != LAYER {
        return Err(ComponentError::Layers);
    }
    if layer.size > COMPONENT_BYTES as u64 {
        return Err(ComponentError::Size(layer.size));
    }
    let bundle = manifest.annotations.get(BUNDLE).map(|text| STANDARD.decode(text));
    Ok((layer.digest, bundle.transpose().map_err(ComponentError::Bundle)?))
}

#[cfg(test)]
mod tests {
    use super::super::registry::fake::{answer, registry};
    use super::*;

    const OCI: &str = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";
    const WASM: &str = "the component";

    fn manifest(config: &str, layer: &str, of: &str, size: usize, more: &str) -> String {
        let digest = Digest::of(of.as_bytes());
        format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"{config}","digest":"{digest}","size":2}},
                "layers":[{{"mediaType":"{layer}","digest":"{digest}","size":{size}}}]{more}}}"#
        )
    }

    fn pull(name: &str, answers: Vec<String>) -> (Result<Component, ImageError>, Vec<String>) {
        let (port, served) = registry(answers);
        let reference: Reference = format!("127.0.0.1:{port}/a/b{name}").parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let env = Environment::of([("DOCKER_CONFIG".to_owned(), "/nowhere".to_owned())]);
        (runtime.block_on(component(&reference, &env)), served.join().unwrap())
    }

    #[test]
    fn a_component_comes_with_its_signature() {
        let more = format!(r#","annotations":{{"{BUNDLE}":"e30="}}"#);
        let good = manifest(CONFIG, LAYER, WASM, 13, &more);
        let digest = Digest::of(good.as_bytes());
        let blob = Digest::of(WASM.as_bytes());
        let elsewhere = "Location: /other/place\r\n";
        let (pulled, heads) = pull(
            &format!("@{digest}"),
            vec![answer("200 OK", OCI, &good), answer("307 Elsewhere", elsewhere, ""), answer("200 OK", "", WASM)],
        );
        assert_eq!(pulled.unwrap(), Component { component: WASM.into(), bundle: Some(b"{}".to_vec()) });
        assert!(heads[0].starts_with(&format!("get /v2/a/b/manifests/{digest} ")), "{heads:?}");
        assert!(heads[1].starts_with(&format!("get /v2/a/b/blobs/{blob} ")), "{heads:?}");
        assert!(heads[2].starts_with("get /other/place "), "{heads:?}");
    }

    #[test]
    fn what_is_no_component_is_not_taken() {
        let good = manifest(CONFIG, LAYER, WASM, 13, "");
        let cases = [
            (manifest("application/vnd.oci.image.config.v1+json", LAYER, WASM, 13, ""), "its config"),
            (manifest(CONFIG, "application/vnd.oci.image.layer.v1.tar", WASM, 13, ""), "exactly one layer"),
            (manifest(CONFIG, LAYER, WASM, 1 << 30, ""), "component-size"),
            (manifest(CONFIG, LAYER, WASM, 13, &format!(r#","annotations":{{"{BUNDLE}":"*"}}"#)), "base64"),
            (good.replace("\"layers\":[", "\"layers\":[],\"more\":["), "exactly one layer"),
        ];
        for (manifest, expected) in cases {
            let (refused, _) = pull(":1", vec![answer("200 OK", OCI, &manifest)]);
            let told = refused.unwrap_err().to_string();
            assert!(told.contains(expected), "{manifest}: {told}");
        }
    }

    #[test]
    fn other_bytes_than_those_named_are_not_taken() {
        let good = manifest(CONFIG, LAYER, WASM, 13, "");
        let (other, _) = pull(":1", vec![answer("200 OK", OCI, &good), answer("200 OK", "", "another one")]);
        assert!(matches!(other, Err(ImageError::Digest { .. })), "{other:?}");
        let wanted = Digest::of(b"another manifest");
        let (other, _) = pull(&format!("@{wanted}"), vec![answer("200 OK", OCI, &good)]);
        assert!(matches!(other, Err(ImageError::Digest { .. })), "{other:?}");
    }
}
