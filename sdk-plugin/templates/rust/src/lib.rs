//! Posts a small JSON document about every attestation.

use std::time::Duration;

use assay_plugin_sdk::prelude::*;

/// Posts a small JSON document about every attestation.
#[derive(Debug)]
pub struct MyPlugin;

/// What a user says once, when the integration is registered.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Where documents are posted to
    #[schemars(title = "URL", extend("x-assay-endpoint" = "target"))]
    url: Endpoint,
    /// A token that is sent as `Authorization: Bearer …`
    #[serde(default)]
    #[schemars(title = "Secret", extend("x-assay-secret" = {"slot": "token", "endpoint": "target", "as": {"bearer": {}}}))]
    secret: Option<Secret>,
}

/// What a user says for each workflow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Whether the materials of the run are listed
    #[serde(default = "yes")]
    #[schemars(title = "List materials")]
    list_materials: bool,
}

const fn yes() -> bool {
    true
}

impl Integration for MyPlugin {
    const MANIFEST: Manifest = Manifest::new("my-plugin", env!("CARGO_PKG_VERSION"), "My plugin")
        .description("Posts a small JSON document about every attestation.")
        .attestations()
        .materials(&["SBOM_CYCLONEDX_JSON", "SBOM_SPDX_JSON", "SARIF"])
        .endpoints(&[EndpointRule::new("target").schemes(&["https", "http"]).methods(&["POST"])])
        .limits(Limits::new().wall_ms(30_000).requests(5));
    type Registration = Registration;
    type Attachment = Attachment;

    /// Tries the destination; what it answers is remembered.
    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        let id = format!("test-{}", context.registration.name);
        post(context, &registration, &id, &json!({"event": "test", "organization": context.organization}))?;
        Ok(json!({"tested_at": context.now}))
    }

    /// Delivers; what it answers is kept as the evidence of the delivery.
    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let listed = task.attachment.configuration.list_materials;
        let materials: Vec<_> = task.materials.iter().filter(|_| listed).map(describe).collect();
        let run = &task.delivery.run;
        let document = json!({
            "event": "attestation",
            "organization": task.context.organization,
            "project": task.delivery.workflow.project,
            "workflow": task.delivery.workflow.name,
            "run": {
                "id": run.id, "verdict": run.verdict.as_str(), "version": run.version, "attestation": run.attestation_digest
            },
            "materials": materials,
        });
        let status = post(&task.context, &task.registration.configuration, &task.delivery.id, &document)?;
        log::info(&format!("delivered, with {} materials", materials.len()));
        Ok(json!({"status": status, "materials": materials.len()}))
    }
}

fn describe(material: &Evidence) -> Value {
    let about = &material.metadata;
    json!({"name": about.name, "kind": about.kind, "digest": about.digest, "size": about.size})
}

/// The id is the same at every attempt: a receiver knows by it what it has already.
fn post(context: &Context, registration: &Registration, id: &str, document: &Value) -> Result<u16, Error> {
    let request = Request::post(&registration.url)
        .header("webhook-id", id)
        .header("webhook-timestamp", context.now_seconds().to_string())
        .json(document)
        .auth_if(registration.secret.as_ref())
        .timeout(Duration::from_secs(10));
    Ok(request.send()?.ok(context)?.status)
}

assay_plugin_sdk::export!(MyPlugin);

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{Answer, MockHost};

    use super::*;

    fn host() -> MockHost<MyPlugin> {
        MockHost::new().registration(json!({"url": "https://example.org/hook", "secret": "t"}))
    }

    #[test]
    fn a_registration_is_tried() {
        let host = host();
        assert!(host.register().is_ok());
        let sent = &host.requests()[0];
        assert_eq!((sent.endpoint(), sent.auth.as_slice()), (Some("target"), ["token".to_owned()].as_slice()));
        assert_eq!(sent.json()["event"], "test");
    }

    #[test]
    fn a_run_is_told() {
        let host = host();
        assert_eq!(host.execute().map(|answer| answer["status"].clone()), Ok(json!(200)));
        assert_eq!(host.requests()[0].json()["run"]["verdict"], "compliant");
    }

    #[test]
    fn an_answer_says_what_the_host_does_next() {
        let cases = [
            (400, "permanent"),
            (401, "unauthorized"),
            (403, "unauthorized"),
            (302, "permanent"),
            (408, "retryable"),
            (429, "retryable"),
            (503, "retryable"),
        ];
        for (status, expected) in cases {
            let host = host();
            host.answer(Answer::status(status));
            let kind = match host.execute().unwrap_err() {
                Error::InvalidInput(_) => "invalid-input",
                Error::Unauthorized(_) => "unauthorized",
                Error::Retryable(_) => "retryable",
                Error::Permanent(_) => "permanent",
            };
            assert_eq!(kind, expected, "{status}");
        }
    }
}
