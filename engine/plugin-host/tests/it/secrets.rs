use assay_ports::{CallFailure, CallReport, PluginState};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::plane::{Answers, HOOK, KEY, Plane};

/// The forms in which a server may tell a secret, all in one body.
fn all_forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let json = serde_json::to_string(secret).unwrap();
    let mut forms = vec![
        secret.to_owned(),
        hex::encode(bytes),
        hex::encode_upper(bytes),
        url::form_urlencoded::byte_serialize(bytes).collect(),
        json.trim_matches('"').to_owned(),
    ];
    for before in ["", "a", "ab"] {
        forms.push(STANDARD.encode(format!("{before}{secret}")));
        forms.push(URL_SAFE_NO_PAD.encode(format!("{before}{secret}")));
    }
    forms
}

/// Everything of a report that somebody may see.
fn everything(report: &CallReport) -> String {
    format!("{report:?}")
}

/// The middle of each form: the borders of base64 depend on what stands beside.
fn assert_silent(text: &str, secret: &str, place: &str) {
    for form in all_forms(secret) {
        let middle = &form[4..form.len() - 4];
        assert!(!text.contains(middle), "{place} tells `{middle}`: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_a_server_echoes_reaches_neither_guest_nor_record() {
    for suffix in ["/api/ok", "/api/fail"] {
        let body = all_forms(KEY).join(" ");
        let headers = vec![("x-echo".to_owned(), KEY.to_owned()), ("content-type".to_owned(), "text/plain".to_owned())];
        let plane = Plane::new(Answers { body: body.into_bytes(), headers, ..Answers::default() }).await;
        let report = plane.obey(&format!("echo api {suffix}")).await;
        let sent = plane.egress.sent.lock().unwrap()[0].clone();
        assert_eq!(sent.credentials[0].secret.expose(), KEY, "it went to where it belongs");
        assert_silent(&everything(&report), KEY, "the report");
        let kept = plane.state.get("echo").await.unwrap().unwrap();
        assert_silent(&kept, KEY, "the state");
        assert!(kept.contains("[secret]"));
        assert!(report.requests[0].request_head.contains("x-api-key: [secret]"), "{}", report.requests[0].request_head);
        let response = report.requests[0].response_head.as_deref().unwrap();
        assert!(response.contains("x-echo: [secret]"), "{response}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_across_the_borders_of_what_is_read_is_found() {
    let mut body = vec![b'x'; (1 << 20) - 7];
    body.extend(KEY.as_bytes());
    let plane = Plane::new(Answers { body, ..Answers::default() }).await;
    let report = plane.obey("echo api /api/tail").await;
    assert_eq!(report.outcome, Ok(serde_json::json!(format!("{}[secret]", "x".repeat(32)))));
    assert_silent(&everything(&report), KEY, "the report");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_url_is_told_to_nobody() {
    let path = "/services/T000/B000/XXXXyyyyZZZZ";
    let body = format!("no team at {HOOK} nor {path}");
    let mut plane = Plane::new(Answers { status: 404, body: body.into_bytes(), ..Answers::default() }).await;
    // The credential belongs to the other endpoint.
    plane.bound.credentials.clear();
    let report = plane.obey("echo hook ").await;
    assert_eq!(plane.egress.sent.lock().unwrap()[0].url, HOOK);
    assert!(!everything(&report).contains("XXXXyyyyZZZZ"), "{report:?}");
    assert_eq!(report.requests[0].origin, "https://hooks.example.org");
    assert!(
        report.requests[0].request_head.starts_with("POST [secret] HTTP/1.1"),
        "{}",
        report.requests[0].request_head
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_encoded_could_hide_a_secret() {
    let headers = vec![("content-encoding".to_owned(), "gzip".to_owned())];
    let plane = Plane::new(Answers { headers, body: b"\x1f\x8b".to_vec(), ..Answers::default() }).await;
    let report = plane.obey("echo api /api/x").await;
    assert!(
        matches!(&report.outcome, Err(CallFailure::Permanent { message, .. }) if message.contains("content encoding"))
    );
    // Where no secret is used, nothing can be hidden.
    assert!(plane.obey("url GET https://collector.example.org/").await.outcome.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guest_sees_slots_where_the_secrets_are() {
    let plane = Plane::new(Answers::default()).await;
    let report = plane.call(assay_ports::Function::Register).await;
    let input = report.outcome.unwrap();
    assert_eq!(input["key"], serde_json::json!({"$secret": "key"}));
    assert_eq!(input["hook"], serde_json::json!({"$endpoint": "hook"}));
}
