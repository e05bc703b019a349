//! The integration of the crate's first page: posts a few lines for every attestation.

use assay_plugin_sdk::prelude::*;

/// Posts a few lines for every attestation.
#[derive(Debug)]
pub struct Chat;

/// Where the lines go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The URL of the room's hook.
    #[schemars(extend("x-assay-endpoint" = "hook", "writeOnly" = true))]
    hook: Endpoint,
    /// The name that posts have.
    #[serde(default = "assay")]
    name: String,
    /// The key of the room, if it has one.
    #[schemars(extend("x-assay-secret" = {"slot": "key", "endpoint": "hook", "as": {"header": "X-Room-Key"}}))]
    key: Option<Secret>,
}

fn assay() -> String {
    "assay".to_owned()
}

/// What is posted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// How much is said.
    #[serde(default)]
    length: Length,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Length {
    /// Every policy that did not pass.
    #[default]
    Long,
    /// The first line.
    Short,
}

impl Integration for Chat {
    const MANIFEST: Manifest = Manifest::new("chat", "1.0.0", "Chat room")
        .description("Posts a few lines for every attestation.")
        .attestations()
        .endpoints(&[EndpointRule::new("hook").methods(&["POST"])])
        .limits(Limits::new().wall_ms(20_000));
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        say(context, &registration, "Assay is here")?;
        Ok(json!({}))
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let mut text = summary(&task.delivery);
        if task.attachment.configuration.length == Length::Short {
            text.truncate(text.find('\n').unwrap_or(text.len()));
        }
        let status = say(&task.context, &task.registration.configuration, &truncate(&text, 2_000))?;
        Ok(json!({"status": status}))
    }
}

fn say(context: &Context, registration: &Registration, text: &str) -> Result<u16, Error> {
    let post = json!({"name": registration.name, "text": text});
    let request = Request::post(&registration.hook).json(&post).auth_if(registration.key.as_ref());
    Ok(request.send()?.ok(context)?.status)
}

assay_plugin_sdk::export!(Chat);

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{Answer, MockHost};

    use super::*;

    #[test]
    fn a_line_for_a_short_post() {
        let host = MockHost::<Chat>::new()
            .registration(json!({"hook": "https://chat.example.org/room", "key": "k"}))
            .attachment(json!({"length": "short"}));
        assert_eq!(host.execute(), Ok(json!({"status": 200})));
        let post = &host.requests()[0];
        assert_eq!((post.endpoint(), post.auth.as_slice()), (Some("hook"), ["key".to_owned()].as_slice()));
        assert_eq!(post.json(), json!({"name": "assay", "text": "payments-api 1.4.2 / release-build: compliant"}));
    }

    #[test]
    fn a_refusal_of_the_room() {
        let host = MockHost::<Chat>::new().registration(json!({"hook": "https://chat.example.org/room"}));
        host.answer(Answer::status(403).body("who are you?"));
        let refused = Error::unauthorized("http-403", "the destination answered 403: who are you?");
        assert_eq!(host.register(), Err(refused));
    }
}
