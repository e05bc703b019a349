//! Slack and Discord.

use super::faults::{self, Subject};
use super::option;
use crate::shop::Shop;
use crate::sinks::{Answer, HttpSink};

#[test]
fn slack_is_told() {
    let sink = HttpSink::start(|_| Answer::status(200));
    let shop = Shop::open();
    let hook = format!("{}/services/T/B/SECRETPATH", sink.url);
    let registered = shop.register(0, "slack-webhook", "slack", &[option("webhook", hook)]);
    assert_eq!(registered["configuration"]["webhook"]["$secret"], "set", "{registered}");
    shop.attach(0, "slack", &[]);
    shop.push();
    let delivery = shop.wait("slack", "delivered");
    assert!(!delivery.to_string().contains("SECRETPATH"), "{delivery}");
    let told = sink.requests().pop().unwrap();
    assert_eq!(told.path, "/services/T/B/SECRETPATH");
    let text = told.json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains(Shop::WORKFLOW) && text.contains("compliant") && text.chars().count() <= 4000, "{text}");
}

#[test]
fn slack_faults() {
    faults::all(&Subject {
        integration: "slack-webhook",
        registration: |url| vec![option("webhook", url)],
        attachment: &[],
        delivers: |request| !request.text().contains("will tell this channel"),
        fine: |_| Answer::status(200),
        bad: &[(&[], "/webhook"), (&["webhook=x"], "/webhook"), (&["webhook=https://example.org/", "x=1"], "/x")],
    });
}

const HOOK: &str = r#"{"name":"releases","guild_id":"1","user":{"username":"me"}}"#;

#[test]
fn discord_is_told_with_the_statement() {
    let sink =
        HttpSink::start(|request| if request.method == "GET" { Answer::json(HOOK) } else { Answer::status(204) });
    let shop = Shop::open();
    let hook = option("webhook", format!("{}/api/webhooks/1/SECRETPATH", sink.url));
    shop.register(0, "discord-webhook", "discord", &[hook, option("username", "assay")]);
    shop.attach(0, "discord", &[]);
    shop.push();
    shop.wait("discord", "delivered");
    let told = sink.requests().pop().unwrap();
    assert!(told.header("content-type").starts_with("multipart/form-data; boundary="), "{told:?}");
    for part in
        [r#"name="payload_json""#, r#""allowed_mentions":{"parse":[]}"#, r#"filename="statement.txt""#, "predicateType"]
    {
        assert!(told.text().contains(part), "{part}: {}", told.text());
    }
}

#[test]
fn discord_faults() {
    faults::all(&Subject {
        integration: "discord-webhook",
        registration: |url| vec![option("webhook", url)],
        attachment: &[],
        delivers: |request| request.method == "POST",
        fine: |request| if request.method == "GET" { Answer::json(HOOK) } else { Answer::status(200) },
        bad: &[
            (&[], "/webhook"),
            (&["webhook=https://example.org/", "username="], "/username"),
            (&["webhook=https://example.org/", "x=1"], "/x"),
        ],
    });
}
