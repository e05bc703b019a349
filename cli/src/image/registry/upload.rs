use assay_base::Digest;
use assay_material::image::Reference;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::{Map, Value, json};
use std::time::Duration;

use super::{ImageError, Session};
use crate::config::Environment;
use crate::image::component::{BUNDLE, CONFIG, LAYER};

/// Most requests for one artifact: three for each of two blobs, one for the manifest, and what authorizes them.
const REQUESTS: u32 = 20;
/// Longest wait for the answer to something large.
const PATIENCE: Duration = Duration::from_mins(10);
/// The media type of a manifest (OCI image-spec, "Image Manifest").
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A component as an artifact of a registry.
#[derive(Debug)]
pub(crate) struct Artifact {
    /// The component.
    pub(crate) component: Vec<u8>,
    /// The bundle of its signature.
    pub(crate) bundle: Option<Vec<u8>>,
    /// Annotations of the manifest.
    pub(crate) annotations: Vec<(&'static str, String)>,
    /// What it imports.
    pub(crate) imports: Vec<String>,
    /// What it exports.
    pub(crate) exports: Vec<String>,
}

/// Pushes an artifact (OCI distribution-spec, "Push"); answers the digest of its manifest.
///
/// # Errors
/// [`ImageError`] when the registry cannot be reached or does not take it.
pub(crate) async fn push(reference: &Reference, artifact: &Artifact, env: &Environment) -> Result<Digest, ImageError> {
    let mut session = Session::new(reference, env, REQUESTS)?;
    let layer = Bytes::copy_from_slice(&artifact.component);
    let config = config(artifact, Digest::of(&layer));
    let manifest = manifest(artifact, &config);
    session.put_blob(layer).await?;
    session.put_blob(config).await?;
    let digest = Digest::of(&manifest);
    let tag = reference.tag().unwrap_or("latest");
    let url = session.url(&format!("manifests/{tag}"))?;
    let answer = session.send(Method::PUT, &url, MANIFEST, manifest).await?;
    session.expect(&answer, StatusCode::CREATED)?;
    Ok(digest)
}

/// The config of a component (CNCF TAG Runtime, "Wasm OCI Artifact Layout").
fn config(artifact: &Artifact, layer: Digest) -> Bytes {
    let config = json!({
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [layer],
        "component": {"imports": artifact.imports, "exports": artifact.exports, "target": null},
    });
    config.to_string().into()
}

fn manifest(artifact: &Artifact, config: &Bytes) -> Bytes {
    let mut annotations: Map<String, Value> =
        artifact.annotations.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    if let Some(bundle) = &artifact.bundle {
        annotations.insert(BUNDLE.to_owned(), json!(STANDARD.encode(bundle)));
    }
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": CONFIG,
        "config": {"mediaType": CONFIG, "digest": Digest::of(config), "size": config.len()},
        "layers": [{"mediaType": LAYER, "digest": Digest::of(&artifact.component), "size": artifact.component.len()}],
        "annotations": annotations,
    });
    manifest.to_string().into()
}

impl Session {
    fn url(&self, path: &str) -> Result<Url, ImageError> {
        let url = self.base.join(&format!("{}/{path}", self.repository));
        url.map_err(|_| ImageError::Host { registry: self.registry.clone() })
    }

    /// Puts a blob where it is not there yet, in one piece.
    async fn put_blob(&mut self, blob: Bytes) -> Result<(), ImageError> {
        let digest = Digest::of(&blob);
        let there = self.url(&format!("blobs/{digest}"))?;
        if self.send(Method::HEAD, &there, "", Bytes::new()).await?.status() == StatusCode::OK {
            return Ok(());
        }
        let begin = self.url("blobs/uploads/")?;
        let begun = self.send(Method::POST, &begin, "", Bytes::new()).await?;
        self.expect(&begun, StatusCode::ACCEPTED)?;
        let location = begun.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let to = location.and_then(|location| begin.join(location).ok()).filter(|to| to.scheme() == begin.scheme());
        let status = begun.status().as_u16();
        let mut to = to.ok_or_else(|| ImageError::Answer { registry: self.registry.clone(), status })?;
        to.query_pairs_mut().append_pair("digest", &digest.to_string());
        let put = self.send(Method::PUT, &to, "application/octet-stream", blob).await?;
        self.expect(&put, StatusCode::CREATED)
    }

    /// Sends something, with what the registry asks for. Another host than the registry's gets no credentials.
    async fn send(&mut self, method: Method, url: &Url, media_type: &str, body: Bytes) -> Result<Response, ImageError> {
        let answer = self.attempt(&method, url, media_type, body.clone()).await?;
        if answer.status() != StatusCode::UNAUTHORIZED || url.host() != self.base.host() {
            return Ok(answer);
        }
        self.authorization = None;
        self.authorize(&answer).await?;
        self.attempt(&method, url, media_type, body).await
    }

    async fn attempt(
        &mut self,
        method: &Method,
        url: &Url,
        media_type: &str,
        body: Bytes,
    ) -> Result<Response, ImageError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| ImageError::Requests { registry: self.registry.clone() })?;
        let mut request = self.client.request(method.clone(), url.clone()).timeout(PATIENCE).body(body);
        if !media_type.is_empty() {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let own = url.origin() == self.base.origin();
        if let Some(authorization) = self.authorization.as_ref().filter(|_| own) {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        request.send().await.map_err(|source| ImageError::Network { registry: self.registry.clone(), source })
    }

    fn expect(&self, answer: &Response, expected: StatusCode) -> Result<(), ImageError> {
        let (registry, repository) = (self.registry.clone(), self.repository.clone());
        match answer.status() {
            status if status == expected => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ImageError::Denied { registry, repository }),
            status => Err(ImageError::Answer { registry, status: status.as_u16() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{answer, registry};
    use super::*;

    fn pushed(answers: Vec<String>) -> (Result<Digest, ImageError>, Vec<String>) {
        let (port, served) = registry(answers);
        let reference: Reference = format!("127.0.0.1:{port}/a/b:1").parse().unwrap();
        let artifact = Artifact {
            component: b"wasm".to_vec(),
            bundle: Some(b"{}".to_vec()),
            annotations: vec![("org.opencontainers.image.title", "Jira".to_owned())],
            imports: vec![],
            exports: vec![],
        };
        let env = Environment::of([("DOCKER_CONFIG".to_owned(), "/nowhere".to_owned())]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        (runtime.block_on(push(&reference, &artifact, &env)), served.join().unwrap())
    }

    #[test]
    fn two_blobs_and_a_manifest_are_pushed() {
        let upload = "Location: /v2/a/b/blobs/uploads/7?state=x\r\n";
        let (digest, heads) = pushed(vec![
            answer("404 Not Found", "", ""),
            answer("202 Accepted", upload, ""),
            answer("201 Created", "", ""),
            answer("200 OK", "", ""),
            answer("201 Created", "", ""),
        ]);
        digest.unwrap();
        assert!(heads[0].starts_with("head /v2/a/b/blobs/sha256:"), "{heads:?}");
        assert!(heads[1].starts_with("post /v2/a/b/blobs/uploads/ "), "{heads:?}");
        assert!(heads[2].starts_with("put /v2/a/b/blobs/uploads/7?state=x&digest=sha256%3a"), "{heads:?}");
        assert!(heads[4].starts_with("put /v2/a/b/manifests/1 ") && heads[4].contains(MANIFEST), "{heads:?}");
    }

    #[test]
    fn who_may_not_push_is_told() {
        let (refused, _) = pushed(vec![answer("404 Not Found", "", ""), answer("403 Forbidden", "", "")]);
        assert!(matches!(refused, Err(ImageError::Denied { .. })), "{refused:?}");
    }
}
