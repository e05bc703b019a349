//! The router as a client sees it, on a real database and blob store in a folder of its own.

use std::collections::BTreeSet;
use std::error::Error;

use assay_app::{Operation, authenticate, orgs};
use assay_base::{Digest, Token};
use assay_model::Role;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};

use crate::plane::{Answer, Plane};

const ABSENT_RUN: &str = "0190a5d0-0000-7000-8000-000000000000";

/// Every guarded endpoint: operation, method, path with `{org}` left open and everything else filled in.
fn endpoints() -> Vec<(Operation, Method, String)> {
    let document = serde_json::to_value(assay_server::openapi()).unwrap();
    let mut found = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let Some(operation) = Operation::ALL.iter().find(|operation| operation.as_str() == id) else { continue };
            let digest = Digest::of(b"").to_string();
            let path = path.replace("{run_id}", ABSENT_RUN).replace("{digest}", &digest).replace("{name}", "x");
            let path =
                path.replace("{gate}", "x").replace("{id}", "x").replace("{project}", "x").replace("{workflow}", "x");
            found.push((*operation, method.to_uppercase().parse().unwrap(), path));
        }
    }
    assert_eq!(found.len(), Operation::ALL.len());
    found
}

fn request(method: &Method, path: &str, token: Option<&str>) -> Builder {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}

/// What a problem tells: status, code, title, detail.
fn refused(answer: &Answer) -> (u16, Value, Value, Value) {
    let problem = answer.problem();
    (answer.status, problem["code"].clone(), problem["title"].clone(), problem["detail"].clone())
}

#[tokio::test]
async fn nobody_gets_past_the_guard_without_a_token() {
    let plane = Plane::start().await;
    for (_, method, path) in endpoints() {
        let path = path.replace("{org}", "default");
        for token in [None, Some("assay_wrong"), Some("")] {
            let answer = plane.send(request(&method, &path, token).body(Body::from("{")).unwrap()).await;
            assert_eq!(refused(&answer).0, 401, "{method} {path} with {token:?}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
}

#[tokio::test]
async fn the_table_of_rights_holds_over_http() {
    let plane = Plane::start().await;
    for role in Role::ALL {
        let token = plane.token(role).await;
        for (operation, method, path) in endpoints() {
            // The body makes no sense: who may not do this must not learn even that.
            let send = async |org: &str| {
                let path = path.replace("{org}", org);
                plane.send(request(&method, &path, Some(&token)).body(Body::from("{")).unwrap()).await
            };
            if path.contains("{org}") {
                let (foreign, absent) = (refused(&send("acme").await), refused(&send("nobody").await));
                assert_eq!(foreign, absent, "{operation:?} as {role}");
                assert_eq!((foreign.0, &foreign.1), (404, &json!("not-found")), "{operation:?} as {role}");
            }
            let own = send("default").await;
            if role < operation.role() {
                assert_eq!(refused(&own).0, 403, "{operation:?} as {role}");
            } else {
                assert!(![401, 403, 500].contains(&own.status), "{operation:?} as {role}: {}", own.status);
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_to_those_with_a_token_only() {
    let plane = Plane::start().await;
    let owner = Some(plane.owner.as_str());
    let cases = [
        (Method::GET, "/v1/nothing", None, 401, "unauthenticated"),
        (Method::GET, "/v1/nothing", owner, 404, "not-found"),
        (Method::GET, "/nothing", None, 404, "not-found"),
        (Method::PATCH, "/v1/orgs/default/runs", None, 401, "unauthenticated"),
        (Method::PATCH, "/v1/orgs/default/runs", owner, 405, "method-not-allowed"),
        (Method::PATCH, "/v1/orgs/acme/runs", owner, 404, "not-found"),
        (Method::POST, "/livez", None, 405, "method-not-allowed"),
        (Method::GET, "/v1/orgs/%ff/runs", owner, 404, "not-found"),
        (Method::GET, "/v1/orgs/default/runs/7", owner, 404, "not-found"),
        (Method::GET, "/v1/orgs/default/blobs/sha256:xyz", owner, 404, "not-found"),
        (Method::GET, "/v1/orgs/default/blobs/..%2f..%2fowner.token", owner, 404, "not-found"),
        (Method::GET, "/v1/orgs/default/runs?limit=0", owner, 400, "limit"),
        (Method::GET, "/v1/orgs/default/runs?limit=x", owner, 400, "query"),
        (Method::GET, "/v1/orgs/default/runs?next=forged", owner, 400, "cursor"),
        (Method::GET, "/v1/orgs/default/runs?verdict=fine", owner, 400, "verdict"),
    ];
    for (method, path, token, status, code) in cases {
        let answer = plane.send(request(&method, path, token).body(Body::empty()).unwrap()).await;
        let (found, said, ..) = refused(&answer);
        assert_eq!((found, said), (status, json!(code)), "{method} {path}");
    }
}

#[tokio::test]
async fn a_request_has_an_id() {
    let plane = Plane::start().await;
    for (given, taken) in [(Some("build-7"), true), (Some("a b"), false), (None, false)] {
        let mut request = request(&Method::GET, "/v1/whoami", None);
        if let Some(id) = given {
            request = request.header("x-request-id", id);
        }
        let answer = plane.send(request.body(Body::empty()).unwrap()).await;
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert_eq!(answer.problem()["request_id"], id);
        assert_eq!(given == Some(id), taken, "{given:?}");
    }
}

#[tokio::test]
async fn bodies_are_json_and_have_limits() {
    let plane = Plane::start().await;
    let post = async |path: &str, kind: &str, body: Vec<u8>| {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", plane.owner));
        let (status, code, ..) = refused(&plane.send(request.body(Body::from(body)).unwrap()).await);
        (status, code.as_str().unwrap().to_owned())
    };
    let json = "application/json";
    let runs = "/v1/orgs/default/runs";
    let attestation = format!("{runs}/{}/attestation", plane.open_run().await);
    let cases: [(&str, &str, Vec<u8>, u16, &str); 9] = [
        (runs, "text/plain", b"{}".to_vec(), 415, "unsupported-media-type"),
        (runs, json, vec![b' '; (1 << 20) + 1], 413, "body-size"),
        (runs, json, br#"{"workflow":"W"}"#.to_vec(), 400, "request-shape"),
        (&attestation, "text/plain", b"{}".to_vec(), 415, "unsupported-media-type"),
        (&attestation, json, vec![], 422, "json-empty"),
        (&attestation, json, b"[]".to_vec(), 422, "bundle-shape"),
        (&attestation, json, br#"{"a":1,"a":1}"#.to_vec(), 422, "json-duplicate-key"),
        (&attestation, json, vec![b'{'; 100_000], 422, "json-syntax"),
        (&attestation, json, vec![b' '; (16 << 20) + 1], 413, "bundle-size"),
    ];
    for (path, kind, body, status, code) in cases {
        let size = body.len();
        assert_eq!(post(path, kind, body).await, (status, code.to_owned()), "{path} {kind}, {size} bytes");
    }
}

#[tokio::test]
async fn blobs_are_what_they_are_called() {
    let plane = Plane::start().await;
    let digest = Digest::of(b"evidence");
    let path = format!("/v1/orgs/default/blobs/{digest}");
    let wanted = |method: Method, body: &'static str| {
        request(&method, &path, Some(&plane.owner)).body(Body::from(body)).unwrap()
    };
    assert_eq!(refused(&plane.send(wanted(Method::PUT, "another")).await).1, json!("digest-mismatch"));
    assert_eq!(plane.send(wanted(Method::GET, "")).await.status, 404);
    for status in [201, 200] {
        let answer = plane.send(wanted(Method::PUT, "evidence")).await;
        assert_eq!((answer.status, answer.json()), (status, json!({"digest": digest, "size": 8})));
    }
    let read = plane.send(wanted(Method::GET, "")).await;
    assert_eq!((read.status, read.body.as_ref()), (200, &b"evidence"[..]));
    for (name, value) in [
        ("content-length", "8"),
        ("content-type", "application/octet-stream"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "attachment"),
    ] {
        assert_eq!(read.headers[name], value);
    }
    let head = plane.send(wanted(Method::HEAD, "")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], "8");
    plane.damage(b"evidence");
    let damaged = plane.send(wanted(Method::GET, "")).await;
    assert_eq!(damaged.status, 500, "damaged bytes arrived as if they were whole");
    assert!(String::from_utf8_lossy(&damaged.body).contains("\"damaged\""));
}

#[tokio::test]
async fn strangers_do_not_make_series() {
    let plane = Plane::start().await;
    for i in 0..50 {
        let method = Method::from_bytes(format!("BREW{i}").as_bytes()).unwrap();
        plane.send(request(&method, &format!("/v1/x{i}"), None).body(Body::empty()).unwrap()).await;
        let path = format!("/v1/orgs/o{i}/contracts/c{i}");
        plane.send(request(&Method::GET, &path, Some(&plane.owner)).body(Body::empty()).unwrap()).await;
    }
    let answer = plane.send(request(&Method::GET, "/metrics", None).body(Body::empty()).unwrap()).await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let series = text.lines().filter(|line| line.starts_with("assay_http_requests_total")).count();
    assert_eq!(series, 2, "{text}");
    assert!(text.contains(r#"route="/v1/orgs/{org}/contracts/{name}",method="GET",status="4xx"} 50"#), "{text}");
    assert!(text.contains(r#"route="none",method="OTHER",status="4xx"} 50"#), "{text}");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let plane = Plane::start().await;
    for _ in 0..3 {
        plane.open_run().await;
    }
    let mut seen = BTreeSet::new();
    let mut path = "/v1/orgs/default/runs?limit=2".to_owned();
    loop {
        let answer = plane.send(request(&Method::GET, &path, Some(&plane.owner)).body(Body::empty()).unwrap()).await;
        let page = answer.json();
        assert!(page["items"].as_array().unwrap().iter().all(|item| seen.insert(item["id"].to_string())));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/orgs/default/runs?limit=2&next={next}");
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_first_start_that_dies_before_it_commits_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let app = crate::plane::app(folder.path()).await;
    let name = || "default".parse().unwrap();
    let dies = |_: &Token| Err::<(), Box<dyn Error>>("killed".into());
    assert!(orgs::create_first(&app, name(), dies).await.is_err());
    let mut kept = None;
    let keep = |token: &Token| {
        kept = Some(token.clone());
        Ok::<(), Box<dyn Error>>(())
    };
    orgs::create_first(&app, name(), keep).await.unwrap();
    let caller = authenticate(&app, kept.unwrap().expose()).await.unwrap();
    assert_eq!(caller.role, Role::Owner);
    let again = |_: &Token| Err::<(), Box<dyn Error>>("the organization is there".into());
    orgs::create_first(&app, name(), again).await.unwrap();
}
