//! Sends attestations and SBOMs as JSON to any URL.
//!
//! A message is what receivers of Chainloop's webhook expect, `{"Metadata","Data","Kind"}`, with the headers of Standard
//! Webhooks 1.0.0. Every piece of evidence is a message of its own, and its id is the same at every attempt.
//!
//! **Must not know:** secrets, and the bytes of SBOMs, which the host encodes and sends.

mod body;

use std::time::Duration;

use assay_plugin_sdk::prelude::*;

use crate::body::Frame;

/// Sends attestations and SBOMs as JSON to any URL.
#[derive(Debug)]
pub struct Webhook;

/// Where the messages go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The URL that messages are posted to.
    #[schemars(extend("x-assay-endpoint" = "hook"))]
    url: Endpoint,
    /// Signs the messages as Standard Webhooks 1.0.0 says: `whsec_` and base64. Without it they are not signed.
    #[serde(default)]
    #[schemars(extend("x-assay-secret" = {"slot": "sign", "endpoint": "hook", "as": {"standard-webhooks": {}}}))]
    secret: Option<Secret>,
}

/// What is sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Send the attestation.
    #[serde(default = "yes")]
    send_attestation: bool,
    /// Send the SBOMs, each as a message of its own.
    #[serde(default)]
    send_sbom: bool,
}

const fn yes() -> bool {
    true
}

/// How long a receiver may think about a message.
const PATIENCE: Duration = Duration::from_secs(10);
/// And how fast a line must at least be: bytes in a second.
const SLOWEST: u64 = 1 << 20;
/// The largest attestation that is sent: taken apart and in base64 it is more than three times as long, and a host takes 8 MiB
/// from a guest.
const LARGEST: u64 = 5 << 19;

impl Integration for Webhook {
    const MANIFEST: Manifest = Manifest::new("webhook", "1.0.0", "Webhook")
        .description("Sends attestations and SBOMs as JSON to any URL, signed as Standard Webhooks are.")
        .attestations()
        .materials(&["SBOM_CYCLONEDX_JSON", "SBOM_SPDX_JSON"])
        .endpoints(&[EndpointRule::new("hook").schemes(&["https", "http"]).methods(&["POST"])])
        .limits(Limits::new().memory_mb(64).cpu_ms(5_000).wall_ms(300_000).requests(500));
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        let id = format!("test_{}_{}", context.registration.name, context.now_seconds());
        let body = Frame::new(&body::no_metadata(), "TEST_WEBHOOK").around("");
        message(context, &registration, &id).chunks(Chunks::new().text(body)).send()?.ok(context)?;
        Ok(json!({}))
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let options = &task.attachment.configuration;
        let mut sent = Vec::new();
        if options.send_attestation {
            sent.push(send_attestation(&task)?);
        }
        if options.send_sbom {
            for material in &task.materials {
                sent.push(send_material(&task, material)?);
            }
        }
        Ok(json!({ "messages": sent }))
    }
}

assay_plugin_sdk::export!(Webhook);

fn send_attestation(task: &Task<Webhook>) -> Result<Value, Error> {
    let size = task.envelope.metadata.size;
    if size > LARGEST {
        let message = format!("the attestation has {size} bytes, and at most {LARGEST} fit into a message");
        return Err(Error::permanent("attestation-too-large", message));
    }
    let data = body::attestation(&task.attestation()?)?;
    let body = Frame::new(&body::metadata(&task.delivery), "ATTESTATION").around(&data);
    send(task, &task.delivery.id, Chunks::new().text(body), size)
}

fn send_material(task: &Task<Webhook>, material: &Evidence) -> Result<Value, Error> {
    let id = format!("{}_{}", task.delivery.id, material.metadata.hex());
    let frame = Frame::new(&body::metadata(&task.delivery), &material.metadata.kind);
    let body = Chunks::new().text(frame.before).blob(&material.blob, Encoding::Base64).text(frame.after);
    send(task, &id, body, material.metadata.size)
}

fn send(task: &Task<Webhook>, id: &str, body: Chunks<'_>, size: u64) -> Result<Value, Error> {
    let request = message(&task.context, &task.registration.configuration, id);
    let request = request.timeout(PATIENCE + Duration::from_secs(size / SLOWEST)).chunks(body);
    let response = request.send()?.ok(&task.context)?;
    Ok(json!({ "id": id, "status": response.status }))
}

/// A message without its body (Standard Webhooks 1.0.0, section "Webhook headers"). The host signs it.
fn message<'a>(context: &Context, registration: &Registration, id: &str) -> Request<'a> {
    Request::post(&registration.url)
        .header("webhook-id", id)
        .header("webhook-timestamp", context.now_seconds().to_string())
        .content_type("application/json")
        .auth_if(registration.secret.as_ref())
        .timeout(PATIENCE)
}

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{Material, MockHost, faults};
    use assay_plugin_sdk::{base64, serde_json};

    use super::*;

    fn host() -> MockHost<Webhook> {
        MockHost::new().registration(json!({ "url": "https://example.org/in" }))
    }

    #[test]
    fn a_registration_is_tried() {
        let host = host();
        assert_eq!(host.register(), Ok(json!({})));
        let request = &host.requests()[0];
        assert_eq!((request.method.as_str(), request.endpoint(), request.path()), ("POST", Some("hook"), ""));
        assert_eq!(request.header("webhook-id"), Some("test_test_1795176000"));
        assert_eq!(request.header("webhook-timestamp"), Some("1795176000"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.json()["Kind"], "TEST_WEBHOOK");
        assert_eq!(request.auth, [""; 0]);
    }

    #[test]
    fn messages_are_signed_where_there_is_a_secret() {
        let host = host().registration(json!({ "url": "https://example.org/in", "secret": "whsec_QUJD" }));
        host.register().unwrap();
        host.execute().unwrap();
        assert!(host.requests().iter().all(|request| request.auth == ["sign"]));
    }

    #[test]
    fn every_piece_of_evidence_is_a_message() {
        let sbom = Material::new("sbom", "SBOM_SPDX_JSON", "{\"spdxVersion\":1}").digest("sha256:abcd");
        let host = host().attachment(json!({ "send_sbom": true })).material(sbom);
        let outcome = host.execute().unwrap();
        let requests = host.requests();
        let [attestation, sbom] = &requests[..] else { panic!("{requests:?}") };

        let id = "01936f5e-0000-7000-8000-000000000001";
        assert_eq!(attestation.header("webhook-id"), Some(id));
        let body = attestation.json();
        assert_eq!(body["Kind"], "ATTESTATION");
        assert_eq!(body["Metadata"]["Workflow"]["Name"], "release-build");
        assert_eq!(body["Metadata"]["Workflow"]["Team"], "");
        let run = &body["Metadata"]["WorkflowRun"];
        assert_eq!((&run["State"], &run["Verdict"]), (&json!("success"), &json!("compliant")));
        let data = base64::decode(body["Data"].as_str().unwrap()).unwrap();
        let data: Value = serde_json::from_slice(&data).unwrap();
        assert_eq!(data["Envelope"]["payloadType"], "application/vnd.in-toto+json");
        assert_eq!(data["Hash"], run["AttestationDigest"]);
        assert_eq!(data["Statement"]["predicate"], data["Predicate"]);

        assert_eq!(sbom.header("webhook-id"), Some(format!("{id}_abcd").as_str()));
        let body = sbom.json();
        assert_eq!((&body["Kind"], &body["Metadata"]["WorkflowRun"]), (&json!("SBOM_SPDX_JSON"), run));
        assert_eq!(base64::decode(body["Data"].as_str().unwrap()).unwrap(), b"{\"spdxVersion\":1}");
        assert_eq!(outcome["messages"][1], json!({ "id": format!("{id}_abcd"), "status": 200 }));
    }

    #[test]
    fn the_attestation_may_be_left_out() {
        let sbom = Material::new("sbom", "SBOM_CYCLONEDX_JSON", "{}");
        for (options, kinds) in [
            (json!({}), &["ATTESTATION"][..]),
            (json!({ "send_attestation": false, "send_sbom": true }), &["SBOM_CYCLONEDX_JSON"]),
            (json!({ "send_attestation": false }), &[]),
        ] {
            let host = host().attachment(options).material(sbom.clone());
            host.execute().unwrap();
            let sent: Vec<_> = host.requests().iter().map(|request| request.json()["Kind"].clone()).collect();
            assert_eq!(sent, kinds);
        }
    }

    #[test]
    fn the_time_for_a_message_grows_with_it() {
        let sbom = Material::new("sbom", "SBOM_CYCLONEDX_JSON", vec![b' '; 3 << 20]);
        let host = host().attachment(json!({ "send_sbom": true })).material(sbom);
        host.execute().unwrap();
        let timeouts: Vec<_> = host.requests().iter().map(|request| request.timeout).collect();
        assert_eq!(timeouts, [Some(Duration::from_secs(10)), Some(Duration::from_secs(13))]);
    }

    #[test]
    fn faults_of_the_receiver() {
        for (answer, error) in faults() {
            let host = host();
            host.answer(answer.clone()).answer(answer);
            assert_eq!(host.register(), Err(error.clone()));
            assert_eq!(host.execute(), Err(error));
        }
    }

    #[test]
    fn bytes_that_are_no_attestation() {
        let error = host().bundle("{}").execute().unwrap_err();
        assert_eq!(error.code(), "attestation-invalid");
    }

    #[test]
    fn an_attestation_that_fits_into_no_message() {
        let host = host().bundle(vec![b' '; (5 << 19) + 1]);
        assert_eq!(host.execute().unwrap_err().code(), "attestation-too-large");
        assert_eq!(host.requests().len(), 0);
    }

    #[test]
    fn fields_that_nobody_knows() {
        let host = host().registration(json!({ "url": "https://example.org", "colour": "blue" }));
        assert!(matches!(host.register(), Err(Error::InvalidInput(_))));
    }
}
