//! Writes attestations and SBOMs into an object store, where GUAC's collectors find them.
//!
//! Both kinds of store are spoken to in their XML dialect, with the bucket in the path: Amazon S3 and what is compatible
//! with it, and Google Cloud Storage.
//!
//! **Must not know:** credentials, how requests are signed, and the bytes of evidence, which the host sends.

mod object;

use std::time::Duration;

use assay_plugin_sdk::prelude::*;

use crate::object::{Object, Origin};

/// Writes attestations and SBOMs into an object store.
#[derive(Debug)]
pub struct Guac;

/// Which bucket.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The kind of the object store.
    #[serde(default)]
    provider: Provider,
    /// The bucket that objects are written into.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$"))]
    bucket: String,
    /// The URL of the store; the provider's own when it is not given.
    #[serde(default)]
    #[schemars(extend("x-assay-endpoint" = "store"))]
    endpoint: Option<Endpoint>,
    /// The region of the bucket; for `s3`.
    #[serde(default = "region")]
    #[schemars(regex(pattern = r"^[a-z0-9-]+$"))]
    pub region: String,
    /// For `gcs` the JSON key of a service account; for `s3` a JSON object with `access_key_id`, `secret_access_key` and, if need be, `session_token`.
    #[schemars(extend("x-assay-secret" = {"slot": "account", "endpoint": "store", "as": [
        {"when": {"provider": "s3"}, "sigv4": {"service": "s3", "region": "/region"}},
        {"gcp-service-account": {"scope": "https://www.googleapis.com/auth/devstorage.read_write"}}
    ]}))]
    credentials: Secret,
}

fn region() -> String {
    "us-east-1".to_owned()
}

/// The kind of an object store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Google Cloud Storage.
    #[default]
    Gcs,
    /// Amazon S3, or what is compatible with it.
    S3,
}

impl Provider {
    /// What the names of metadata begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Gcs => "x-goog-meta-",
            Self::S3 => "x-amz-meta-",
        }
    }

    /// An object that is there is the same evidence. Google can be asked to leave it alone (XML API, request header
    /// `x-goog-if-generation-match`): an account that may not overwrite anything is enough. Not every store that is
    /// compatible with S3 can.
    fn once(self, request: Request<'_>) -> Request<'_> {
        match self {
            Self::Gcs => request.header("x-goog-if-generation-match", "0"),
            Self::S3 => request,
        }
    }
}

/// The status of what is there already.
const EXISTS: u16 = 412;

/// There is nothing to choose.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {}

/// The store when its URL is not given.
static STORE: Endpoint = Endpoint::of("store");
/// How long a store may think.
const PATIENCE: Duration = Duration::from_secs(15);
/// And how fast a line must at least be: bytes in a second.
const SLOWEST: u64 = 1 << 20;

impl Integration for Guac {
    const MANIFEST: Manifest = Manifest::new("guac", "1.0.0", "GUAC")
        .description("Writes attestations and SBOMs into an object store that GUAC collects from.")
        .attestations()
        .materials(&["SBOM_CYCLONEDX_JSON", "SBOM_SPDX_JSON"])
        .endpoints(&[EndpointRule::new("store")
            .schemes(&["https", "http"])
            .methods(&["HEAD", "PUT"])
            .paths(&["/"])
            .defaults(&[
                DefaultUrl { when: Some(("provider", "s3")), url: "https://s3.{region}.amazonaws.com" },
                DefaultUrl { when: None, url: "https://storage.googleapis.com" },
            ])])
        .limits(Limits::new().cpu_ms(2_000).wall_ms(300_000).requests(500));
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        let response = request("HEAD", &registration).timeout(PATIENCE).send()?;
        match response.status {
            404 => {
                let message =
                    format!("there is no bucket `{}`, or these credentials may not see it", registration.bucket);
                Err(Error::invalid("/bucket", message))
            }
            301 | 307 | 308 => {
                let region = response.header("x-amz-bucket-region").unwrap_or("another one");
                Err(Error::invalid("/region", format!("the region of the bucket is {region}")))
            }
            _ => response.ok(context).map(|_| json!({})),
        }
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let evidence = [(&task.envelope, "attestation")].into_iter();
        let evidence = evidence.chain(task.materials.iter().map(|sbom| (sbom, sbom.metadata.name.as_str())));
        let objects: Vec<_> = evidence.map(|(evidence, name)| put(&task, evidence, name)).collect::<Result<_, _>>()?;
        Ok(json!({ "objects": objects }))
    }
}

assay_plugin_sdk::export!(Guac);

/// Writes a piece of evidence; answers the object's name.
fn put(task: &Task<Guac>, evidence: &Evidence, name: &str) -> Result<String, Error> {
    let (workflow, registration) = (&task.delivery.workflow, &task.registration.configuration);
    let origin = Origin {
        workflow_id: &workflow.id,
        workflow: &workflow.name,
        project: &workflow.project,
        run_id: &task.delivery.run.id,
    };
    let Object { name, metadata } = Object::new(name, &evidence.metadata.kind, evidence.metadata.hex(), origin);
    let request = name.split('/').fold(request("PUT", registration), Request::segment);
    let prefix = registration.provider.prefix();
    let request =
        metadata.into_iter().fold(request, |request, (key, value)| request.header(format!("{prefix}{key}"), value));
    let request = request.timeout(PATIENCE + Duration::from_secs(evidence.metadata.size / SLOWEST));
    let request = request.content_type("application/json").blob(&evidence.blob, Encoding::Identity);
    let response = registration.provider.once(request).send()?;
    if response.status != EXISTS || registration.provider != Provider::Gcs {
        response.ok(&task.context)?;
    }
    Ok(name)
}

/// A request about the bucket, in the path of the URL.
fn request<'a>(method: &str, registration: &Registration) -> Request<'a> {
    let store = registration.endpoint.as_ref().unwrap_or(&STORE);
    Request::new(method, store).segment(&registration.bucket).auth(&registration.credentials)
}

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{Answer, Material, MockHost, faults};

    use super::*;

    fn host(provider: &str) -> MockHost<Guac> {
        let sbom = Material::new("sbom", "SBOM_CYCLONEDX_JSON", "{\"bomFormat\":\"CycloneDX\"}").digest("sha256:ab12");
        let fields = json!({ "provider": provider, "bucket": "evidence", "credentials": "{}" });
        MockHost::new().registration(fields).material(sbom)
    }

    #[test]
    fn a_bucket_is_looked_for() {
        let host = host("s3");
        assert_eq!(host.register(), Ok(json!({})));
        let request = &host.requests()[0];
        assert_eq!((request.method.as_str(), request.endpoint()), ("HEAD", Some("store")));
        assert_eq!((request.path(), &request.auth[..]), ("/evidence", &["account".to_owned()][..]));
    }

    #[test]
    fn what_is_wrong_with_the_bucket_is_said_of_the_field() {
        for (answer, pointer, part) in [
            (Answer::status(404), "/bucket", "no bucket `evidence`"),
            (Answer::status(301).header("x-amz-bucket-region", "eu-west-1"), "/region", "is eu-west-1"),
        ] {
            let host = host("s3");
            host.answer(answer);
            let Err(Error::InvalidInput(issues)) = host.register() else { panic!("no issue") };
            assert_eq!(issues[0].pointer, pointer);
            assert!(issues[0].message.contains(part), "{issues:?}");
        }
    }

    #[test]
    fn evidence_becomes_objects() {
        for (provider, prefix) in [("s3", "x-amz-meta-"), ("gcs", "x-goog-meta-")] {
            let host = host(provider);
            let outcome = host.execute().unwrap();
            let requests = host.requests();
            let [attestation, sbom] = &requests[..] else { panic!("{requests:?}") };
            let digest = "cd".repeat(32);
            assert_eq!(attestation.path(), format!("/evidence/chainloop/attestation-{digest}.json"));
            assert!(attestation.text().contains("dsseEnvelope"));
            assert_eq!(sbom.path(), "/evidence/chainloop/sbom-ab12.json");
            assert_eq!((sbom.method.as_str(), sbom.text().as_str()), ("PUT", "{\"bomFormat\":\"CycloneDX\"}"));
            let meta = |name: &str| sbom.header(&format!("{prefix}{name}"));
            assert_eq!((meta("kind"), meta("workflowproject")), (Some("SBOM_CYCLONEDX_JSON"), Some("payments-api")));
            assert_eq!(sbom.header("content-type"), Some("application/json"));
            assert_eq!(outcome["objects"][1], "chainloop/sbom-ab12.json");
        }
    }

    #[test]
    fn what_google_has_already_is_left_alone() {
        let host = host("gcs");
        host.answer(Answer::status(412)).answer(Answer::status(412));
        assert!(host.execute().is_ok());
        assert!(host.requests().iter().all(|request| request.header("x-goog-if-generation-match") == Some("0")));
        let host = self::host("s3");
        host.answer(Answer::status(412));
        assert_eq!(host.execute().unwrap_err().code(), "http-412");
    }

    #[test]
    fn a_store_of_ones_own() {
        let fields = json!({ "provider": "s3", "bucket": "b-1", "endpoint": "http://minio:9000", "credentials": "{}" });
        let host = host("s3").registration(fields);
        host.register().unwrap();
        assert_eq!((host.requests()[0].endpoint(), host.requests()[0].path()), (Some("store"), "/b-1"));
    }

    #[test]
    fn faults_of_the_store() {
        for (answer, error) in faults() {
            let host = host("s3");
            host.answer(answer);
            assert_eq!(host.execute(), Err(error));
        }
        for (answer, error) in faults().into_iter().filter(|(_, error)| error.code() != "http-302") {
            let host = host("gcs");
            host.answer(answer);
            assert_eq!(host.register(), Err(error));
        }
    }

    #[test]
    fn fields_that_nobody_knows() {
        let host = host("s3").registration(json!({ "bucket": "abc", "credentials": "{}", "colour": "blue" }));
        assert!(matches!(host.register(), Err(Error::InvalidInput(_))));
    }
}
