//! Tells a Slack channel about attestations.
//!
//! **Must not know:** the URL of the hook, which is its own password: the host has it.

mod message;

use std::time::Duration;

use assay_plugin_sdk::prelude::*;

use crate::message::message;

/// Tells a Slack channel about attestations.
#[derive(Debug)]
pub struct Slack;

/// Which channel.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The URL of the channel's incoming webhook. It is kept as a secret: whoever knows it may write.
    #[schemars(extend("x-assay-endpoint" = "hook", "writeOnly" = true))]
    webhook: Endpoint,
}

/// There is nothing to choose.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {}

impl Integration for Slack {
    const MANIFEST: Manifest = Manifest::new("slack-webhook", "1.0.0", "Slack")
        .description("Tells a Slack channel about attestations: workflow, verdict, violations.")
        .attestations()
        .endpoints(&[EndpointRule::new("hook").schemes(&["https", "http"]).methods(&["POST"])]);
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        let text = format!("Assay: `{}` will tell this channel about attestations.", context.registration.name);
        send(context, &registration, &text)
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        send(&task.context, &task.registration.configuration, &summary(&task.delivery))
    }
}

assay_plugin_sdk::export!(Slack);

fn send(context: &Context, registration: &Registration, text: &str) -> Result<Value, Error> {
    let request = Request::post(&registration.webhook).json(&message(text)).timeout(Duration::from_secs(10));
    let response = request.send()?.ok(context)?;
    Ok(json!({ "status": response.status }))
}

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{MockHost, faults};

    use super::*;

    fn host() -> MockHost<Slack> {
        MockHost::new().registration(json!({ "webhook": "https://hooks.example.org/services/T/B/x" }))
    }

    #[test]
    fn the_channel_is_greeted_and_told() {
        let host = host().context(json!({
            "workflow": { "name": "build<1>" },
            "run": { "verdict": "non_compliant", "evaluations": [
                { "policy": "licenses", "material": "sbom", "status": "violated", "violations": 3 },
            ] },
        }));
        host.register().unwrap();
        host.execute().unwrap();
        let requests = host.requests();
        let [hello, told] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!((hello.endpoint(), hello.path()), (Some("hook"), ""));
        assert!(hello.json()["text"].as_str().is_some_and(|text| text.contains("`test`")));
        let text = told.json()["text"].as_str().unwrap().to_owned();
        for part in [
            "payments-api",
            "build&lt;1&gt;",
            "not compliant",
            "licenses",
            "3 violations",
            "https://ci.example.org/runs/7",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn faults_of_slack() {
        for (answer, error) in faults() {
            let host = host();
            host.answer(answer.clone()).answer(answer);
            assert_eq!(host.register(), Err(error.clone()));
            assert_eq!(host.execute(), Err(error));
        }
    }

    #[test]
    fn fields_that_nobody_knows() {
        let host = host().registration(json!({ "webhook": "https://example.org", "colour": "blue" }));
        assert!(matches!(host.register(), Err(Error::InvalidInput(_))));
    }
}
