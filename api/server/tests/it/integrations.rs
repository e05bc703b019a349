//! Registering, attaching and delivering as a client sees it. What an integration does is scripted, everything else is real.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use assay_base::{Digest, JobId, MaterialKind, RunId};
use assay_model::{Material, Push, Role, RunVerdict, SignerRecord};
use assay_ports::{Accepted, Audit, CallFailure, Function, collect};
use assay_server::{Metrics, upkeep};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::plane::doubles::HOOK;
use crate::plane::{Answer, Plane};

/// A plane whose dispatcher runs.
pub(super) struct Running {
    pub(super) plane: Plane,
    metrics: Metrics,
    shutdown: CancellationToken,
    dispatcher: JoinHandle<()>,
}

impl Running {
    pub(super) async fn start() -> Self {
        let (plane, metrics, shutdown) = (Plane::start().await, Metrics::new(), CancellationToken::new());
        let dispatcher = tokio::spawn(upkeep(plane.app.clone(), metrics.clone(), shutdown.clone()));
        Self { plane, metrics, shutdown, dispatcher }
    }

    pub(super) async fn stop(self) -> Plane {
        self.shutdown.cancel();
        self.dispatcher.await.unwrap();
        self.plane
    }

    /// The deliveries, once one of them satisfies `test`.
    pub(super) async fn wait(&self, test: impl Fn(&Value) -> bool) -> Value {
        wait(&self.plane, test).await
    }
}

async fn wait(plane: &Plane, test: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = get(plane, "deliveries").await.json();
        if let Some(delivery) = found["items"].as_array().unwrap().iter().find(|delivery| test(delivery)) {
            return delivery.clone();
        }
        assert!(Instant::now() < deadline, "{found}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(super) fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["state"] == state
}

pub(super) async fn send(plane: &Plane, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/v1/orgs/default/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    plane.send(request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()).await
}

pub(super) async fn get(plane: &Plane, path: &str) -> Answer {
    send(plane, &plane.owner, Method::GET, path, None).await
}

pub(super) async fn post(plane: &Plane, path: &str, body: Value) -> Answer {
    send(plane, &plane.owner, Method::POST, path, Some(body)).await
}

pub(super) async fn register(plane: &Plane, name: &str) {
    let options = json!({"url": "https://example.org/in", "secret": "hunter2"});
    let made = post(plane, "registrations", json!({"integration": "hook", "name": name, "options": options})).await;
    assert_eq!(made.status, 201, "{}", made.json());
}

/// The attachment's id.
pub(super) async fn attach(plane: &Plane, registration: &str) -> String {
    let made = post(plane, "attachments", json!({"registration": registration, "project": "p", "workflow": "w"})).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Stores and judges an attestation with one material, whose bytes are `evidence`. Everything before that is tried elsewhere.
pub(super) async fn push(plane: &Plane, evidence: &'static [u8]) -> RunId {
    let (app, digest) = (&plane.app, Digest::of(evidence));
    let run: RunId = plane.open_run().await.parse().unwrap();
    let caller = assay_app::authenticate(app, &plane.owner).await.unwrap();
    let run = assay_app::runs::find(app, &caller, run).await.unwrap();
    let body = futures_util::stream::once(async move { Ok(evidence.into()) });
    app.blobs.put(run.org, digest, Box::pin(body)).await.unwrap();
    let material = Material {
        name: "sbom".parse().unwrap(),
        kind: MaterialKind::SbomCyclonedxJson,
        digest: Some(digest),
        size: Some(evidence.len() as u64),
        value: None,
        output: false,
        annotations: [("a".to_owned(), "b".to_owned())].into(),
    };
    let bundle = format!(r#"{{"run":"{}"}}"#, run.id).into_bytes();
    let push = Push {
        org: run.org,
        run: run.id,
        workflow_id: run.workflow_id,
        digest: Digest::of(&bundle),
        bundle,
        signer: SignerRecord { kind: "key".to_owned(), identity: "k".to_owned() },
        materials: vec![material],
        subjects: vec![],
        received_at: app.now(),
    };
    let audit = Audit { at: app.now(), actor: None, action: "attestation-push", subject: String::new() };
    let job = JobId::from_uuid(app.id());
    let until = app.now().after(Duration::from_mins(1));
    let Accepted::New(lease) = app.repositories.accept(&push, job, until, &audit).await.unwrap() else {
        panic!("it is not new")
    };
    let verdict = RunVerdict::new(vec![], vec![], app.now(), app.evaluator.digest());
    assert!(app.repositories.judge(run.org, run.id, &verdict, lease, app.now()).await.unwrap());
    app.deliveries_due.notify_one();
    run.id
}

#[tokio::test]
async fn a_registration_is_tried_and_its_secrets_stay_inside() {
    let plane = Plane::start().await;
    register(&plane, "first").await;
    let shown = get(&plane, "registrations/first").await.json();
    assert_eq!(shown["configuration"]["secret"], json!({"$secret": "set"}), "{shown}");
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("healthy"), &json!(null)));
    assert!(!shown.to_string().contains("hunter2"));
    let call = plane.plugins.calls().pop().unwrap();
    assert!(matches!(call.function, Function::Register));
    assert_eq!(call.bound.input["secret"], json!({"$secret": "secret"}));
    assert_eq!(call.bound.credentials["secret"].secret.expose(), "hunter2");
    assert_eq!(call.context["registration"], json!({"name": "first", "integration": "hook"}));
    // What is not named stays, and null takes away.
    let path = "registrations/first";
    let other = json!({"options": {"url": "https://example.org/other"}});
    let changed = send(&plane, &plane.owner, Method::PATCH, path, Some(other)).await.json();
    assert_eq!(changed["configuration"]["secret"], json!({"$secret": "set"}));
    assert_eq!(changed["configuration"]["url"], "https://example.org/other");
    let without = json!({"options": {"secret": null}});
    let changed = send(&plane, &plane.owner, Method::PATCH, path, Some(without)).await.json();
    assert_eq!(changed["configuration"], json!({"url": "https://example.org/other"}));
    assert_eq!(post(&plane, "registrations/first/test", json!({})).await.json()["ok"], true);
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_and_not_kept() {
    let plane = Plane::start().await;
    let add = async |integration: &str, options: Value| {
        let body = json!({"integration": integration, "name": "no", "options": options});
        let problem = post(&plane, "registrations", body).await.problem();
        (problem["status"].clone(), problem["code"].clone(), problem["pointer"].clone(), problem["hint"].clone())
    };
    let fine = || json!({"url": "https://example.org/in"});
    let (status, code, pointer) = (json!(422), json!("invalid-input"), |p: &str| json!(p));
    for (options, place) in [
        (json!({}), "/url"),
        (json!({"url": "https://example.org", "colour": "blue"}), "/colour"),
        (json!({"url": "ftp://example.org"}), "/url"),
    ] {
        let (found, said, at, _) = add("hook", options).await;
        assert_eq!((found, said, at), (status.clone(), code.clone(), pointer(place)));
    }
    let (status, code, _, hint) = add("hok", fine()).await;
    assert_eq!((status, code, hint), (json!(404), json!("integration-unknown"), json!("did you mean `hook`?")));
    let (_, code, ..) = add("hook", json!({"url": "http://10.0.0.1/"})).await;
    assert_eq!(code, "egress-refused");
    assert!(plane.plugins.calls().is_empty(), "what is wrong reaches no integration");
    let (code, message) = ("c".to_owned(), "it says no".to_owned());
    let unauthorized = CallFailure::Unauthorized { code: code.clone(), message: message.clone() };
    let permanent = CallFailure::Permanent { code: code.clone(), message: message.clone() };
    let retryable = CallFailure::Retryable { code, message: message.clone(), after: None };
    let denied = CallFailure::Retryable { code: "denied".to_owned(), message, after: None };
    for (failure, expected) in [
        (unauthorized, "registration-unauthorized"),
        (permanent, "registration-failed"),
        (retryable, "registration-failed"),
        (denied, "egress-refused"),
    ] {
        plane.plugins.does(move |_| Err(failure.clone()));
        let (status, code, ..) = add("hook", fine()).await;
        assert_eq!((status, code), (json!(422), json!(expected)));
    }
    assert_eq!(get(&plane, "registrations").await.json()["items"], json!([]));
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let plane = Plane::start().await;
    register(&plane, "once").await;
    let again = json!({"integration": "hook", "name": "once", "options": {"url": "https://example.org/in"}});
    let before = plane.plugins.calls().len();
    assert_eq!(post(&plane, "registrations", again).await.problem()["code"], "taken");
    assert_eq!(plane.plugins.calls().len(), before, "the destination was tried for a taken name");
    plane.open_run().await;
    let attachment = attach(&plane, "once").await;
    let delete = async |path: &str| send(&plane, &plane.owner, Method::DELETE, path, None).await;
    assert_eq!(delete("registrations/once").await.problem()["code"], "in-use");
    assert_eq!(delete(&format!("attachments/{attachment}")).await.status, 200);
    assert_eq!(delete(&format!("attachments/{attachment}")).await.status, 404);
    assert_eq!(delete("registrations/once").await.status, 200);
    assert_eq!(get(&plane, "registrations/once").await.status, 404);
    assert!(matches!(plane.plugins.calls().pop().unwrap().function, Function::Deregister { .. }));
    assert_eq!(delete("integrations/hook").await.problem()["code"], "integration-builtin");
}

#[tokio::test]
async fn an_attestation_is_delivered_with_its_evidence() {
    let running = Running::start().await;
    let plane = &running.plane;
    plane.open_run().await;
    register(plane, "hook").await;
    attach(plane, "hook").await;
    plane.plugins.does(|_| Ok(json!({"message": "taken"})));
    let run = push(plane, b"{\"bomFormat\":\"CycloneDX\"}").await;
    let delivery = running.wait(is("delivered")).await;
    assert_eq!((&delivery["run_id"], &delivery["attempts"]), (&json!(run), &json!(1)));
    let history = get(plane, &format!("deliveries/{}", delivery["id"].as_str().unwrap())).await.json();
    assert_eq!(history["history"][0]["outcome"], "delivered");
    assert_eq!(
        (&history["history"][0]["message"], &history["history"][0]["status_code"]),
        (&json!("taken"), &json!(200))
    );
    let call = plane.plugins.executions().pop().unwrap();
    assert_eq!(call.context["delivery_id"], delivery["id"]);
    assert_eq!((&call.context["attempt"], &call.context["run"]["verdict"]), (&json!(1), &json!("compliant")));
    assert_eq!(call.context["workflow"]["name"], "w");
    let Function::Execute { envelope, materials, .. } = call.function else { panic!("{call:?}") };
    assert_eq!(envelope.metadata["kind"], "ATTESTATION");
    assert_eq!(call.context["run"]["attestation_digest"], json!(envelope.digest));
    let [material] = &materials[..] else { panic!("{materials:?}") };
    assert_eq!((&material.metadata["name"], &material.metadata["annotations"]), (&json!("sbom"), &json!({"a": "b"})));
    for _ in 0..2 {
        let (size, body) = (material.size, material.source.open().await.unwrap());
        let bytes = collect(assay_ports::BlobReader { size, body }, material.digest, 100).await.unwrap();
        assert_eq!(&bytes[..], b"{\"bomFormat\":\"CycloneDX\"}");
    }
    let metrics = running.metrics.clone();
    running.stop().await;
    assert!(format!("{metrics:?}").contains("delivered"));
}

#[tokio::test]
async fn a_refused_credential_holds_deliveries_until_somebody_acts() {
    let running = Running::start().await;
    let plane = &running.plane;
    plane.open_run().await;
    register(plane, "hook").await;
    attach(plane, "hook").await;
    plane.plugins.does(|call| match call.function {
        Function::Execute { .. } => {
            Err(CallFailure::Unauthorized { code: "c".to_owned(), message: "the key is wrong".to_owned() })
        }
        _ => Ok(json!({})),
    });
    push(plane, b"{}").await;
    running.wait(|delivery| delivery["attempts"] == 1).await;
    let shown = get(plane, "registrations/hook").await.json();
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("unhealthy"), &json!("the key is wrong")));
    push(plane, b"{}").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(plane.plugins.executions().len(), 1, "it was tried again");
    plane.plugins.does(|_| Ok(json!({})));
    assert_eq!(post(plane, "registrations/hook/test", json!({})).await.json()["ok"], true);
    running.wait(|delivery| delivery["state"] == "delivered" && delivery["attempts"] == 2).await;
    running.wait(|delivery| delivery["state"] == "delivered" && delivery["attempts"] == 1).await;
    assert_eq!(get(plane, "registrations/hook").await.json()["state"], "healthy");
    running.stop().await;
}

#[tokio::test]
async fn what_is_dead_can_be_sent_again_and_what_is_detached_cannot() {
    let running = Running::start().await;
    let plane = &running.plane;
    plane.open_run().await;
    register(plane, "hook").await;
    let attachment = attach(plane, "hook").await;
    plane.plugins.does(|call| match call.function {
        Function::Execute { .. } => panic!("a component that takes the server along"),
        _ => Ok(json!({})),
    });
    push(plane, b"{}").await;
    let tried = running.wait(|delivery| delivery["attempts"] == 1).await;
    assert_eq!(tried["state"], "pending", "a failure of the server is not the end");
    plane.plugins.does(|_| Err(CallFailure::Permanent { code: "c".to_owned(), message: "no".to_owned() }));
    let dead = running.wait(is("dead")).await;
    let id = dead["id"].as_str().unwrap().to_owned();
    plane.plugins.does(|_| Ok(json!({})));
    let due = post(plane, &format!("deliveries/{id}/redeliver"), json!({})).await;
    assert_eq!((due.status, &due.json()["items"][0]["id"]), (200, &dead["id"]));
    assert_eq!(running.wait(is("delivered")).await["id"], dead["id"]);
    let before = plane.plugins.executions().len();
    let replayed = post(plane, "deliveries/replay", json!({"registration": "hook"})).await;
    assert_eq!(replayed.json()["items"].as_array().unwrap().len(), 1);
    running.wait(is("delivered")).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while plane.plugins.executions().len() == before {
        assert!(Instant::now() < deadline, "it was not sent again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.wait(is("delivered")).await;
    let path = format!("attachments/{attachment}");
    assert_eq!(send(plane, &plane.owner, Method::DELETE, &path, None).await.status, 200);
    assert_eq!(post(plane, &format!("deliveries/{id}/redeliver"), json!({})).await.problem()["code"], "detached");
    assert_eq!(post(plane, "deliveries/replay", json!({"registration": "nobody"})).await.status, 404);
    running.stop().await;
}

#[tokio::test]
async fn a_backfill_sends_what_was_there_before_and_sends_it_once() {
    let running = Running::start().await;
    let plane = &running.plane;
    for _ in 0..3 {
        push(plane, b"{}").await;
    }
    register(plane, "late").await;
    let attachment = attach(plane, "late").await;
    let backfill = async |body: Value| post(plane, &format!("attachments/{attachment}/backfill"), body).await.json();
    assert_eq!(backfill(json!({"since": "2100-01-01T00:00:00Z"})).await["created"], 0);
    assert_eq!(backfill(json!({})).await["created"], 3);
    assert_eq!(backfill(json!({})).await["created"], 0);
    let deadline = Instant::now() + Duration::from_secs(10);
    while plane.plugins.executions().len() < 3 {
        assert!(Instant::now() < deadline, "{} of 3", plane.plugins.executions().len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_token_of_one_project_sees_nothing_of_others() {
    let running = Running::start().await;
    let plane = &running.plane;
    register(plane, "hook").await;
    plane.open_run().await;
    let attachment = attach(plane, "hook").await;
    push(plane, b"{}").await;
    let delivery = running.wait(is("delivered")).await["id"].as_str().unwrap().to_owned();
    let (own, other) =
        (plane.token_of(Role::Admin, Some("p")).await, plane.token_of(Role::Admin, Some("elsewhere")).await);
    let absent = "0190a5d0-0000-7000-8000-000000000000";
    for (method, noun, id, rest) in [
        (Method::GET, "attachments", &attachment, ""),
        (Method::POST, "attachments", &attachment, "/backfill"),
        (Method::DELETE, "attachments", &attachment, ""),
        (Method::GET, "deliveries", &delivery, ""),
        (Method::POST, "deliveries", &delivery, "/redeliver"),
    ] {
        let ask = async |token: &str, id: &str| {
            let answer = send(plane, token, method.clone(), &format!("{noun}/{id}{rest}"), Some(json!({}))).await;
            let problem = answer.problem();
            (answer.status, problem["detail"].clone())
        };
        assert_eq!(ask(&other, id).await, ask(&other, absent).await, "{method} {noun}{rest}");
        assert_eq!(ask(&other, id).await.0, 404);
    }
    for noun in ["attachments", "deliveries"] {
        let count = async |token: &str| {
            send(plane, token, Method::GET, noun, None).await.json()["items"].as_array().unwrap().len()
        };
        assert_eq!((count(&own).await, count(&other).await), (1, 0), "{noun}");
    }
    let replay = json!({"registration": "hook"});
    let replayed = send(plane, &other, Method::POST, "deliveries/replay", Some(replay)).await;
    assert_eq!(replayed.json()["items"], json!([]));
    let elsewhere = json!({"registration": "hook", "project": "p", "workflow": "w"});
    assert_eq!(send(plane, &other, Method::POST, "attachments", Some(elsewhere.clone())).await.status, 404);
    assert_eq!(send(plane, &own, Method::POST, "attachments", Some(elsewhere)).await.status, 201);
    running.stop().await;
}

#[tokio::test]
async fn a_component_is_installed_signed_or_on_purpose() {
    let plane = Plane::start().await;
    let text = HOOK.replace(r#""id": "hook""#, r#""id": "mine""#);
    let install = async |query: &str, body: &str, bundle: Option<&str>| {
        let mut request = Request::post(format!("/v1/orgs/default/integrations{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", plane.owner))
            .header(header::CONTENT_TYPE, "application/wasm");
        if let Some(bundle) = bundle {
            request = request.header("x-assay-bundle", bundle);
        }
        plane.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    assert_eq!(install("", &text, None).await.problem()["code"], "component-unsigned");
    assert_eq!(install("", &text, Some("e30=")).await.problem()["code"], "bundle-shape");
    assert_eq!(install("?allow_unsigned=true", &text, Some("%")).await.problem()["code"], "base64");
    assert_eq!(install("?allow_unsigned=true", "{}", None).await.problem()["code"], "component-invalid");
    let takeover = install("?allow_unsigned=true", HOOK, None).await;
    assert_eq!(takeover.problem()["code"], "integration-builtin");
    let made = install("?allow_unsigned=true", &text, None).await;
    assert_eq!((made.status, &made.json()["source"]), (201, &json!("installed")));
    let ids: Vec<_> = get(&plane, "integrations").await.json()["items"].as_array().unwrap().clone();
    assert_eq!(ids.iter().map(|item| item["id"].as_str().unwrap()).collect::<Vec<_>>(), ["hook", "mine"]);
    let described = get(&plane, "integrations/mine").await.json();
    assert_eq!(described["registration_schema"]["required"], json!(["url"]));
    // Another machine has the store and not what was compiled here.
    plane.plugins.forget();
    let body = json!({"integration": "mine", "name": "mine", "options": {"url": "https://example.org/in"}});
    assert_eq!(post(&plane, "registrations", body).await.status, 201);
    let remove = async || send(&plane, &plane.owner, Method::DELETE, "integrations/mine", None).await;
    assert_eq!(remove().await.problem()["code"], "in-use");
    assert_eq!(send(&plane, &plane.owner, Method::DELETE, "registrations/mine", None).await.status, 200);
    assert_eq!(remove().await.status, 200);
    assert_eq!(get(&plane, "integrations/mine").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_gives_back_what_it_has_not_delivered() {
    let running = Running::start().await;
    let plane = &running.plane;
    plane.open_run().await;
    register(plane, "hook").await;
    attach(plane, "hook").await;
    let entered = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&entered);
    plane.plugins.does(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_secs(8));
        Ok(json!({}))
    });
    push(plane, b"{}").await;
    while entered.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begun = Instant::now();
    let plane = running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(7));
    plane.plugins.does(|_| Ok(json!({})));
    let shutdown = CancellationToken::new();
    let next = tokio::spawn(upkeep(plane.app.clone(), Metrics::new(), shutdown.clone()));
    let delivery = wait(&plane, is("delivered")).await;
    assert_eq!(delivery["attempts"], 1, "what was interrupted is no attempt");
    shutdown.cancel();
    next.await.unwrap();
}
