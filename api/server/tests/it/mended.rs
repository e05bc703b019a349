//! Registrations that change while their deliveries are under way, and changes that somebody makes to learn a secret.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use assay_app::deliveries;
use assay_base::Digest;
use assay_model::{AttemptOutcome, DeliveryState};
use assay_ports::{BlobReader, CallFailure, Function, collect};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::integrations::{Running, attach, get, is, post, push, register, send};
use crate::plane::doubles::HOOK;
use crate::plane::{Answer, Plane};

async fn patch(plane: &Plane, name: &str, options: Value) -> Answer {
    let body = json!({"options": options});
    send(plane, &plane.owner, Method::PATCH, &format!("registrations/{name}"), Some(body)).await
}

async fn install(plane: &Plane, manifest: String) {
    let request = Request::post("/v1/orgs/default/integrations?allow_unsigned=true")
        .header(header::AUTHORIZATION, format!("Bearer {}", plane.owner))
        .header(header::CONTENT_TYPE, "application/wasm");
    assert_eq!(plane.send(request.body(Body::from(manifest)).unwrap()).await.status, 201);
}

#[tokio::test]
async fn a_kept_secret_does_not_go_to_a_new_address() {
    let plane = Plane::start().await;
    register(&plane, "hook").await;
    let before = plane.plugins.calls().len();
    for url in ["https://evil.example.net/in", "https://example.org:8443/in", "http://example.org/in"] {
        let problem = patch(&plane, "hook", json!({"url": url})).await.problem();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid-input")), "{url}");
        assert_eq!(problem["pointer"], "/secret", "{url}");
        assert!(problem["detail"].as_str().unwrap().contains("another destination"), "{problem}");
    }
    assert_eq!(plane.plugins.calls().len(), before, "the secret went out");
    assert_eq!(get(&plane, "registrations/hook").await.json()["configuration"]["url"], "https://example.org/in");
    assert_eq!(patch(&plane, "hook", json!({"url": "https://example.org/other"})).await.status, 200, "the same origin");
    let both = json!({"url": "https://moved.example.org/in", "secret": "new"});
    assert_eq!(patch(&plane, "hook", both).await.status, 200);
    assert_eq!(plane.plugins.calls().pop().unwrap().bound.credentials["secret"].secret.expose(), "new");
    let without = json!({"url": "https://again.example.org/in", "secret": null});
    assert_eq!(patch(&plane, "hook", without).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_only_signs_is_kept_until_it_would_be_shown() {
    let plane = Plane::start().await;
    let ways = r#"[{"when": {"mode": "shown"}, "bearer": {}}, {"hmac-sha256": {"header": "X-Signature"}}]"#;
    let manifest = HOOK.replace(r#""id": "hook""#, r#""id": "signed""#).replace(r#"{"bearer": {}}"#, ways).replace(
        r#""properties": {
      "url""#,
        r#""properties": {
      "mode": {"type": "string", "description": "How"},
      "url""#,
    );
    install(&plane, manifest).await;
    let options = json!({"url": "https://example.org/in", "secret": "hunter2"});
    let body = json!({"integration": "signed", "name": "signed", "options": options});
    assert_eq!(post(&plane, "registrations", body).await.status, 201);
    assert_eq!(patch(&plane, "signed", json!({"url": "https://evil.example.net/in"})).await.status, 200);
    let problem = patch(&plane, "signed", json!({"mode": "shown"})).await.problem();
    assert_eq!((&problem["status"], &problem["pointer"]), (&json!(422), &json!("/secret")), "in two steps");
}

#[tokio::test]
async fn of_two_changes_at_a_time_one_is_told() {
    let plane = Plane::start().await;
    register(&plane, "hook").await;
    let both = Arc::new(Barrier::new(2));
    plane.plugins.does(move |_| {
        both.wait();
        Ok(json!({}))
    });
    let change = |path: &'static str| patch(&plane, "hook", json!({"url": format!("https://example.org/{path}")}));
    let (one, other) = tokio::join!(change("one"), change("other"));
    let (kept, told) = if one.status == 200 { (one, other) } else { (other, one) };
    assert_eq!((kept.status, told.status, told.problem()["code"].clone()), (200, 409, json!("changed")));
    let now = get(&plane, "registrations/hook").await.json();
    assert_eq!(now["configuration"]["url"], kept.json()["configuration"]["url"]);
}

#[tokio::test]
async fn the_last_call_sees_what_the_first_one_kept() {
    let plane = Plane::start().await;
    plane.plugins.does(|call| {
        if matches!(call.function, Function::Register) {
            Handle::current().block_on(call.state.set("hook-id", Some("7"))).unwrap();
        }
        Ok(json!({}))
    });
    register(&plane, "hook").await;
    assert_eq!(send(&plane, &plane.owner, Method::DELETE, "registrations/hook", None).await.status, 200);
    let last = plane.plugins.calls().pop().unwrap();
    assert!(matches!(last.function, Function::Deregister { .. }));
    assert_eq!(last.state.get("hook-id").await.unwrap().as_deref(), Some("7"));
}

#[tokio::test]
async fn what_does_not_fit_a_new_version_waits_for_somebody() {
    let running = Running::start().await;
    let plane = &running.plane;
    plane.open_run().await;
    let manifest = HOOK.replace(r#""id": "hook""#, r#""id": "mine""#);
    install(plane, manifest.clone()).await;
    let options = json!({"url": "https://example.org/in"});
    let body = json!({"integration": "mine", "name": "mine", "options": options});
    assert_eq!(post(plane, "registrations", body).await.status, 201);
    attach(plane, "mine").await;
    install(plane, manifest.replace(r#""required": ["url"]"#, r#""required": ["url", "secret"]"#)).await;
    push(plane, b"{}").await;
    let waiting = running.wait(|delivery| delivery["attempts"] == 1).await;
    assert_eq!(waiting["state"], "pending");
    let shown = get(plane, "registrations/mine").await.json();
    assert_eq!(shown["state"], "unhealthy");
    assert!(shown["reason"].as_str().unwrap().contains("`/secret`"), "{shown}");
    assert!(plane.plugins.executions().is_empty());
    assert_eq!(patch(plane, "mine", json!({"secret": "s"})).await.status, 200);
    running.wait(is("delivered")).await;
    running.stop().await;
}

#[tokio::test]
async fn only_what_breaks_five_times_is_given_up() {
    let plane = Plane::start().await;
    plane.open_run().await;
    register(&plane, "hook").await;
    attach(&plane, "hook").await;
    push(&plane, b"{}").await;
    let attempt = async |failure: CallFailure| {
        plane.plugins.does(move |_| Err(failure.clone()));
        let later = plane.app.now().after(Duration::from_hours(2));
        let leased = plane.app.repositories.claim_deliveries(later, Duration::from_mins(10), 1, 1).await.unwrap();
        let [leased] = &leased[..] else { panic!("{leased:?}") };
        let outcome = deliveries::attempt(&plane.app, leased).await.unwrap();
        let found = plane.app.repositories.delivery(leased.delivery.org, leased.delivery.id).await.unwrap();
        (outcome, found.unwrap().state)
    };
    let busy = || CallFailure::Retryable { code: "c".to_owned(), message: "busy".to_owned(), after: None };
    let trap = || CallFailure::Trap { code: "wall", message: "too long".to_owned() };
    for _ in 0..4 {
        assert_eq!(attempt(busy()).await, (AttemptOutcome::Retryable, DeliveryState::Pending));
    }
    for _ in 0..4 {
        assert_eq!(attempt(trap()).await, (AttemptOutcome::Trap, DeliveryState::Pending));
    }
    assert_eq!(attempt(trap()).await, (AttemptOutcome::Trap, DeliveryState::Dead));
}

#[tokio::test]
async fn a_bundle_is_read_when_somebody_opens_it() {
    let running = Running::start().await;
    let plane = &running.plane;
    plane.open_run().await;
    register(plane, "hook").await;
    attach(plane, "hook").await;
    let run = push(plane, b"{}").await;
    running.wait(is("delivered")).await;
    let Function::Execute { envelope, .. } = plane.plugins.executions().pop().unwrap().function else { panic!() };
    let expected = format!(r#"{{"run":"{run}"}}"#);
    assert_eq!((envelope.size, envelope.digest), (expected.len() as u64, Digest::of(expected.as_bytes())));
    for _ in 0..2 {
        let body = envelope.source.open().await.unwrap();
        let reader = BlobReader { size: envelope.size, body };
        assert_eq!(&collect(reader, envelope.digest, 1_000).await.unwrap()[..], expected.as_bytes());
    }
    running.stop().await;
}

#[tokio::test]
async fn integrations_are_listed_by_the_page() {
    let plane = Plane::start().await;
    for id in ["mine", "another"] {
        install(&plane, HOOK.replace(r#""id": "hook""#, &format!(r#""id": "{id}""#))).await;
    }
    let ids = |page: &Value| -> Vec<_> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = get(&plane, "integrations?limit=2").await.json();
    assert_eq!(ids(&first), ["another", "hook"]);
    let rest = get(&plane, &format!("integrations?limit=2&next={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!((ids(&rest), &rest["next"]), (vec!["mine".to_owned()], &Value::Null));
}

#[tokio::test]
async fn a_new_version_takes_over_what_the_old_one_kept() {
    let plane = Plane::start().await;
    let manifest = HOOK.replace(r#""id": "hook""#, r#""id": "mine""#);
    install(&plane, manifest.clone()).await;
    plane.plugins.does(|_| Ok(json!({"id": 7})));
    let body = json!({"integration": "mine", "name": "mine", "options": {"url": "https://example.org/in"}});
    assert_eq!(post(&plane, "registrations", body).await.status, 201);
    plane.plugins.does(|call| match &call.function {
        Function::Migrate { from_version, state } => Ok(json!({"from": from_version, "was": state})),
        _ => Ok(json!({})),
    });
    install(&plane, manifest.replace(r#""version": "1.0.0""#, r#""version": "2.0.0""#)).await;
    let shown = get(&plane, "registrations/mine").await.json();
    assert_eq!((&shown["version"], &shown["state"]), (&json!("2.0.0"), &json!("healthy")));
    assert_eq!(post(&plane, "registrations/mine/test", json!({})).await.status, 200);
    let last = plane.plugins.calls().pop().unwrap();
    let Function::Check { registration } = last.function else { panic!("{:?}", last.function) };
    assert_eq!(registration["state"], json!({"from": "1.0.0", "was": {"id": 7}}));

    plane.plugins.does(|_| Err(CallFailure::Permanent { code: "old".to_owned(), message: "too old".to_owned() }));
    install(&plane, manifest.replace(r#""version": "1.0.0""#, r#""version": "3.0.0""#)).await;
    let shown = get(&plane, "registrations/mine").await.json();
    assert_eq!((&shown["version"], &shown["state"]), (&json!("2.0.0"), &json!("unhealthy")));
    assert!(shown["reason"].as_str().unwrap().contains("too old"), "{shown}");
}
