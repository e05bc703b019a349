use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::faults::{self, Subject};
use super::option;
use crate::shop::Shop;
use crate::sinks::{Answer, HttpSink, Request};

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

#[test]
fn evidence_arrives_signed_and_whole() {
    let sink = HttpSink::start(|_| Answer::status(200));
    let shop = Shop::open();
    let secret = option("secret", format!("whsec_{}", STANDARD.encode(KEY)));
    shop.register(0, "webhook", "hook", &[option("url", format!("{}/in?x=1", sink.url)), secret]);
    shop.attach(0, "hook", &[option("send_sbom", true)]);
    let run = shop.push();
    let delivery = shop.wait("hook", "delivered");

    let requests = sink.requests();
    let [test, attestation, sbom] = &requests[..] else { panic!("{requests:?}") };
    assert!(requests.iter().all(|request| request.path == "/in?x=1" && signed(request)));
    assert_eq!(test.json()["Kind"], "TEST_WEBHOOK");

    let body = attestation.json();
    assert_eq!(body["Metadata"]["WorkflowRun"]["ID"], run["run_id"]);
    assert_eq!(body["Metadata"]["WorkflowRun"]["Verdict"], "compliant");
    let data: Value = serde_json::from_slice(&data(&body)).unwrap();
    assert_eq!(data["Hash"], run["digest"]);
    assert_eq!(data["Statement"]["predicate"], data["Predicate"]);
    assert_eq!(attestation.header("webhook-id"), delivery["id"]);

    assert_eq!(data_of(sbom), std::fs::read(shop.user.work().join("sbom.json")).unwrap());
    let id = format!("{}_", delivery["id"].as_str().unwrap());
    assert!(sbom.header("webhook-id").starts_with(&id), "{}", sbom.header("webhook-id"));
}

fn signed(request: &Request) -> bool {
    let message =
        format!("{}.{}.{}", request.header("webhook-id"), request.header("webhook-timestamp"), request.text());
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), message.as_bytes());
    request.header("webhook-signature").split(' ').any(|found| found == format!("v1,{}", STANDARD.encode(signature)))
}

fn data(body: &Value) -> Vec<u8> {
    STANDARD.decode(body["Data"].as_str().unwrap()).unwrap()
}

fn data_of(request: &Request) -> Vec<u8> {
    data(&request.json())
}

#[test]
fn faults() {
    faults::all(&Subject {
        integration: "webhook",
        registration: |url| vec![option("url", url)],
        attachment: &[],
        delivers: |request| !request.text().contains("TEST_WEBHOOK"),
        fine: |_| Answer::status(200),
        bad: &[
            (&[], "/url"),
            (&["url=nowhere"], "/url"),
            (&["url=https://user:password@example.org/"], "/url"),
            (&["url=https://example.org/", "secret=short"], "/secret"),
            (&["url=https://example.org/", "colour=blue"], "/colour"),
        ],
    });
}
