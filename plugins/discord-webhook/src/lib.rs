//! Tells a Discord channel about attestations, with the statement as a file.
//!
//! **Must not know:** the URL of the hook, which is its own password: the host has it.

mod message;

use std::time::Duration;

use assay_plugin_sdk::prelude::*;

use crate::message::{FILE, message};

/// Tells a Discord channel about attestations.
#[derive(Debug)]
pub struct Discord;

/// Which channel.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The URL of the channel's webhook. It is kept as a secret: whoever knows it may write.
    #[schemars(extend("x-assay-endpoint" = "hook", "writeOnly" = true))]
    webhook: Endpoint,
    /// The name under which messages appear; the webhook's own name when it is not given.
    #[serde(default)]
    #[schemars(length(min = 1, max = 80))]
    username: Option<String>,
}

/// There is nothing to choose.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {}

/// What Discord says about a webhook, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Hook {
    name: Option<String>,
    user: Option<Owner>,
}

#[derive(Debug, Deserialize)]
struct Owner {
    username: String,
}

const PATIENCE: Duration = Duration::from_secs(15);

impl Integration for Discord {
    const MANIFEST: Manifest = Manifest::new("discord-webhook", "1.0.0", "Discord")
        .description("Tells a Discord channel about attestations, with the statement as a file.")
        .attestations()
        .endpoints(&[EndpointRule::new("hook").schemes(&["https", "http"]).methods(&["GET", "POST"])])
        .limits(Limits::new().memory_mb(128).cpu_ms(5_000));
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        let response = Request::get(&registration.webhook).timeout(PATIENCE).send()?.ok(context)?;
        let hook: Hook = response.json()?;
        Ok(json!({ "name": hook.name, "owner": hook.user.map(|user| user.username) }))
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let Registration { webhook, username } = &task.registration.configuration;
        let attestation = task.attestation()?;
        let form = Multipart::new().json("payload_json", &message(&summary(&task.delivery), username.as_deref())).file(
            "files[0]",
            FILE,
            "text/plain; charset=utf-8",
            attestation.statement(),
        );
        let response = Request::post(webhook).multipart(form).timeout(PATIENCE).send()?.ok(&task.context)?;
        Ok(json!({ "status": response.status }))
    }
}

assay_plugin_sdk::export!(Discord);

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{Answer, MockHost, faults};

    use super::*;

    fn host() -> MockHost<Discord> {
        MockHost::new()
            .registration(json!({ "webhook": "https://discord.example/api/webhooks/1/x", "username": "assay" }))
    }

    #[test]
    fn the_webhook_is_looked_at() {
        for (hook, state) in [
            (json!({ "name": "releases", "user": { "username": "me" } }), json!({ "name": "releases", "owner": "me" })),
            (json!({ "name": null, "token": "x" }), json!({ "name": null, "owner": null })),
        ] {
            let host = host();
            host.answer(Answer::status(200).json(&hook));
            assert_eq!(host.register(), Ok(state));
            assert_eq!(host.requests()[0].method, "GET");
        }
    }

    #[test]
    fn what_is_no_webhook_of_discord_is_refused() {
        let host = host();
        host.answer(Answer::status(200).body("<html>"));
        assert_eq!(host.register().unwrap_err().code(), "response-invalid");
    }

    #[test]
    fn the_channel_is_told() {
        let host = host();
        host.answer(Answer::status(204));
        assert_eq!(host.execute(), Ok(json!({ "status": 204 })));
        let request = &host.requests()[0];
        let payload = request.part("payload_json").unwrap();
        let message: Value = assay_plugin_sdk::serde_json::from_str(&payload.text()).unwrap();
        assert_eq!((&message["username"], &message["allowed_mentions"]["parse"]), (&json!("assay"), &json!([])));
        assert!(message["content"].as_str().unwrap().contains("payments-api"), "{message}");
        let file = request.part("files[0]").unwrap();
        assert_eq!((file.filename.as_deref(), file.content_type.as_str()), (Some(FILE), "text/plain; charset=utf-8"));
        assert!(file.text().contains("\"predicateType\""), "{}", file.text());
    }

    #[test]
    fn faults_of_discord() {
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
