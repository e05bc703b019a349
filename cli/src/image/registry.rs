pub(super) mod upload;

use std::time::Duration;

use assay_base::Digest;
use assay_material::image::Reference;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;

use super::challenge::{Challenge, may_ask};
use super::credentials::{self, Credentials};
use super::{ImageError, is_loopback, manifest};
use crate::config::Environment;

/// Most requests for one image.
const REQUESTS: u32 = 4;
/// Most requests for an artifact: one more for its layer, and one more where that lies.
pub(super) const ARTIFACT_REQUESTS: u32 = 6;
/// Largest manifest (OCI distribution-spec, "Pushing Manifests": registries take at least 4 MiB).
const MANIFEST_BYTES: usize = 4 << 20;
/// Largest answer of a token service.
const TOKEN_BYTES: usize = 1 << 20;
/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where a registry says the digest of what it answers (OCI distribution-spec, "Pulling manifests").
const DIGEST: &str = "docker-content-digest";

/// What a registry says about a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The digest of the manifest's bytes.
    pub(super) digest: Digest,
    /// Whether `latest` is the same; absent when the registry did not say.
    pub(super) latest: Option<bool>,
}

/// Asks the registry of `reference` for the digest of `tag`.
///
/// # Errors
/// [`ImageError`] when the registry cannot be reached, does not have it, or wants what it must not have.
pub(super) async fn resolve(reference: &Reference, tag: &str, env: &Environment) -> Result<Resolved, ImageError> {
    let mut session = Session::new(reference, env, REQUESTS)?;
    let digest = session.manifest(tag).await?;
    let latest = match tag {
        "latest" => Some(true),
        _ => session.manifest("latest").await.ok().map(|latest| latest == digest),
    };
    Ok(Resolved { digest, latest })
}

/// One conversation with one registry about one repository.
pub(super) struct Session {
    client: reqwest::Client,
    registry: String,
    base: Url,
    repository: String,
    credentials: Option<Credentials>,
    authorization: Option<HeaderValue>,
    left: u32,
}

/// What a token service answers.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl Session {
    /// Begins one that makes at most so many requests.
    pub(super) fn new(reference: &Reference, env: &Environment, requests: u32) -> Result<Self, ImageError> {
        let registry = reference.registry().to_owned();
        let host = if registry == "docker.io" { "registry-1.docker.io" } else { &registry };
        // The port; the colons of an address of IPv6 stand in brackets.
        let bare = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(bare, _)| bare);
        let scheme = if is_loopback(bare) { "http" } else { "https" };
        let base = Url::parse(&format!("{scheme}://{host}/v2/"));
        let base = base.map_err(|_| ImageError::Host { registry: registry.clone() })?;
        let client = http(&base).map_err(|source| ImageError::Network { registry: registry.clone(), source });
        Ok(Self {
            client: client?,
            credentials: credentials::find(env, &registry),
            repository: reference.repository().to_owned(),
            authorization: None,
            left: requests,
            registry,
            base,
        })
    }

    /// The digest of the bytes of a manifest: what is pinned is what was read, not what a header says.
    async fn manifest(&mut self, tag: &str) -> Result<Digest, ImageError> {
        self.manifest_bytes(tag).await.map(|(digest, _)| digest)
    }

    /// A manifest by tag or digest, with the digest of its bytes.
    pub(super) async fn manifest_bytes(&mut self, tag: &str) -> Result<(Digest, Vec<u8>), ImageError> {
        let (headers, body) = self.fetch("manifests", tag, MANIFEST_BYTES).await?;
        let digest = self.image(&headers, &body)?;
        Ok((digest, body))
    }

    /// What lies under a tag or a digest, of at most `limit` bytes.
    pub(super) async fn fetch(
        &mut self,
        collection: &str,
        name: &str,
        limit: usize,
    ) -> Result<(HeaderMap, Vec<u8>), ImageError> {
        let url = self.base.join(&format!("{}/{collection}/{name}", self.repository));
        let url = url.map_err(|_| ImageError::Host { registry: self.registry.clone() })?;
        let mut answer = self.get(url.clone()).await?;
        if answer.status() == StatusCode::UNAUTHORIZED && self.authorization.is_none() {
            self.authorize(&answer).await?;
            answer = self.get(url.clone()).await?;
        }
        // A manifest is the registry's own word: who is known to it gets it from nobody else. Layers have their digest.
        if answer.status().is_redirection() && (self.authorization.is_none() || collection == "blobs") {
            answer = self.follow(&answer, &url).await?;
        }
        match answer.status() {
            StatusCode::OK => {
                let headers = answer.headers().clone();
                Ok((headers, self.read(answer, limit).await?))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ImageError::Denied { registry: self.registry.clone(), repository: self.repository.clone() })
            }
            StatusCode::NOT_FOUND => {
                let image = format!("{}/{}:{name}", self.registry, self.repository);
                Err(ImageError::NotFound { image })
            }
            status => Err(ImageError::Answer { registry: self.registry.clone(), status: status.as_u16() }),
        }
    }

    /// The digest of a manifest or an index, and of nothing else: a page of a proxy is no image.
    fn image(&self, headers: &HeaderMap, body: &[u8]) -> Result<Digest, ImageError> {
        let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let registry = || self.registry.clone();
        manifest::check(body, text(CONTENT_TYPE.as_str()).as_deref())
            .map_err(|source| ImageError::Manifest { registry: registry(), source })?;
        let digest = Digest::of(body);
        match text(DIGEST) {
            Some(said) if said.parse() != Ok(digest) => {
                Err(ImageError::Digest { registry: registry(), said: said.into_owned(), digest })
            }
            _ => Ok(digest),
        }
    }

    /// Follows one redirect, without credentials.
    async fn follow(&mut self, answer: &Response, from: &Url) -> Result<Response, ImageError> {
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let to = location.and_then(|location| from.join(location).ok()).filter(|to| to.scheme() == from.scheme());
        let status = answer.status().as_u16();
        let to = to.ok_or_else(|| ImageError::Answer { registry: self.registry.clone(), status })?;
        let own = self.authorization.take();
        let followed = self.get(to).await;
        self.authorization = own;
        followed
    }

    /// Gets what the registry asks for, for the requests that follow.
    async fn authorize(&mut self, answer: &Response) -> Result<(), ImageError> {
        let headers = answer.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenge = headers.filter_map(|value| value.to_str().ok()).find_map(Challenge::parse);
        let denied = || ImageError::Denied { registry: self.registry.clone(), repository: self.repository.clone() };
        let text = match challenge.ok_or_else(denied)? {
            Challenge::Basic => basic(self.credentials.as_ref().ok_or_else(denied)?),
            Challenge::Bearer { realm, service, scope } => {
                format!("Bearer {}", self.token(&realm, service.as_deref(), scope.as_deref()).await?)
            }
        };
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| ImageError::Answer { registry: self.registry.clone(), status: 401 })?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(())
    }

    /// A token for reading the repository.
    async fn token(&mut self, realm: &str, service: Option<&str>, scope: Option<&str>) -> Result<String, ImageError> {
        let refused = || ImageError::Realm { registry: self.registry.clone(), realm: realm.to_owned() };
        let mut url = Url::parse(realm).ok().filter(|realm| may_ask(&self.base, realm)).ok_or_else(refused)?;
        let scope = scope.map_or_else(|| format!("repository:{}:pull", self.repository), str::to_owned);
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", service);
        }
        self.authorization = self.credentials.as_ref().map(basic).and_then(|text| HeaderValue::from_str(&text).ok());
        let answer = self.get(url).await;
        self.authorization = None;
        let answer = answer?;
        if answer.status() != StatusCode::OK {
            return Err(ImageError::Denied { registry: self.registry.clone(), repository: self.repository.clone() });
        }
        let bytes = self.read(answer, TOKEN_BYTES).await?;
        let token = serde_json::from_slice::<TokenAnswer>(&bytes).ok().and_then(|a| a.token.or(a.access_token));
        token.ok_or_else(|| ImageError::Answer { registry: self.registry.clone(), status: 200 })
    }

    async fn get(&mut self, url: Url) -> Result<Response, ImageError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| ImageError::Requests { registry: self.registry.clone() })?;
        let mut request = self.client.get(url).header(ACCEPT, manifest::accepted());
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        request.send().await.map_err(|source| ImageError::Network { registry: self.registry.clone(), source })
    }

    /// The body, which must not be larger than `limit`.
    async fn read(&self, mut answer: Response, limit: usize) -> Result<Vec<u8>, ImageError> {
        let network = |source| ImageError::Network { registry: self.registry.clone(), source };
        let mut out = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(network)? {
            if out.len() + piece.len() > limit {
                return Err(ImageError::Size { registry: self.registry.clone(), limit });
            }
            out.extend_from_slice(&piece);
        }
        Ok(out)
    }
}

/// A client that follows nothing by itself, and that reads the certificates of the system only where they are needed.
fn http(base: &Url) -> reqwest::Result<reqwest::Client> {
    // The process may have one already: the client of the server installs the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    if base.scheme() == "https" { builder.build() } else { builder.tls_certs_only([]).no_proxy().build() }
}

/// The value of `Authorization` for user and password (RFC 7617).
fn basic(credentials: &Credentials) -> String {
    use base64::Engine as _;
    let pair = format!("{}:{}", credentials.user, credentials.password.expose());
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// A registry for tests.
#[cfg(test)]
pub(super) mod fake {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    /// A registry that gives these answers, one connection each, and tells the heads of the requests.
    pub(crate) fn registry(answers: Vec<String>) -> (u16, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serve = move || {
            let one = |answer: String| {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
                let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
                let answer = answer.replace("PORT", &port.to_string());
                stream.write_all(answer.as_bytes()).unwrap();
                head.join("\n").to_lowercase()
            };
            answers.into_iter().map(one).collect()
        };
        (port, std::thread::spawn(serve))
    }

    /// An answer over HTTP.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{answer, registry};
    use super::*;

    const OCI: &str = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";
    const MANIFEST: &str = r#"{"schemaVersion":2,"config":{}}"#;

    fn ask(port: u16, home: &std::path::Path) -> Result<Resolved, ImageError> {
        let reference: Reference = format!("127.0.0.1:{port}/a/b:1").parse().unwrap();
        let env = Environment::of([("DOCKER_CONFIG".to_owned(), home.display().to_string())]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(resolve(&reference, "1", &env))
    }

    #[test]
    fn a_tag_is_resolved_with_a_token_and_four_requests() {
        let challenge = "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:PORT/token\",service=\"s\"\r\n";
        let (port, served) = registry(vec![
            answer("401 Unauthorized", challenge, ""),
            answer("200 OK", "", r#"{"token":"abc"}"#),
            answer("200 OK", OCI, MANIFEST),
            answer("200 OK", OCI, MANIFEST),
        ]);
        let home = tempfile::tempdir().unwrap();
        let auth = "YW5uOnB3"; // ann:pw
        std::fs::write(
            home.path().join("config.json"),
            format!(r#"{{"auths":{{"127.0.0.1:{port}":{{"auth":"{auth}"}}}}}}"#),
        )
        .unwrap();
        let resolved = ask(port, home.path()).unwrap();
        assert_eq!(resolved, Resolved { digest: Digest::of(MANIFEST.as_bytes()), latest: Some(true) });
        let heads = served.join().unwrap();
        assert!(heads[0].starts_with("get /v2/a/b/manifests/1 ") && !heads[0].contains("authorization"));
        assert!(heads[1].contains("scope=repository%3aa%2fb%3apull") && heads[1].contains("authorization: basic "));
        assert!(heads[2].contains("authorization: bearer abc") && heads[3].contains("/manifests/latest "));
    }

    #[test]
    fn what_is_no_manifest_is_no_image() {
        let home = tempfile::tempdir().unwrap();
        let asked = |headers: &str, body: &str| {
            let (port, served) = registry(vec![answer("200 OK", headers, body), answer("404 Not Found", "", "")]);
            let found = ask(port, home.path());
            // Who was refused does not ask for `latest`.
            drop((std::net::TcpStream::connect(("127.0.0.1", port)), served));
            found
        };
        let header = |digest: Digest| format!("{OCI}Docker-Content-Digest: {digest}\r\n");
        let own = Digest::of(MANIFEST.as_bytes());
        assert_eq!(asked(&header(own), MANIFEST).unwrap(), Resolved { digest: own, latest: None });
        for (headers, body) in [("Content-Type: text/html\r\n", "<html>Log in</html>"), ("", MANIFEST), (OCI, "{}")] {
            let refused = asked(headers, body).unwrap_err();
            assert!(matches!(refused, ImageError::Manifest { .. }), "{headers} {body}: {refused}");
            let told = crate::error::CliError::from(refused);
            assert_eq!((told.exit(), told.code()), (assay_wire::Exit::Network, "registry-manifest"));
        }
        for said in [header(Digest::of(b"other")), format!("{OCI}Docker-Content-Digest: sha256:zz\r\n")] {
            let told = crate::error::CliError::from(asked(&said, MANIFEST).unwrap_err());
            assert_eq!((told.exit(), told.code()), (assay_wire::Exit::Network, "registry-digest"), "{said}");
        }
    }

    #[test]
    fn credentials_do_not_follow_a_challenge_to_another_host_nor_a_redirect() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/token\"\r\n";
        let (port, served) = registry(vec![answer("401 Unauthorized", elsewhere, "")]);
        assert!(matches!(ask(port, home.path()), Err(ImageError::Realm { .. })));
        served.join().unwrap();
        let basic = "WWW-Authenticate: Basic realm=\"x\"\r\n";
        let (port, served) = registry(vec![
            answer("401 Unauthorized", basic, ""),
            answer("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", ""),
        ]);
        std::fs::write(
            home.path().join("config.json"),
            format!(r#"{{"auths":{{"127.0.0.1:{port}":{{"auth":"YW5uOnB3"}}}}}}"#),
        )
        .unwrap();
        assert!(matches!(ask(port, home.path()), Err(ImageError::Answer { status: 307, .. })));
        assert!(served.join().unwrap()[1].contains("authorization: basic "));
    }
}
