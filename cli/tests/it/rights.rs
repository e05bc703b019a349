//! Who may do what: every operation of the API document × role × (own, foreign, absent) organization.

use assay_app::Operation;
use assay_model::Role;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::plane::{Plane, http};

/// An operation of the API document.
struct Endpoint {
    operation: Operation,
    method: Method,
    path: String,
}

fn endpoints(document: &Value) -> Vec<Endpoint> {
    let mut found = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, description) in methods.as_object().unwrap() {
            if description["security"] == serde_json::json!([]) || !path.starts_with("/v1") {
                continue;
            }
            let id = description["operationId"].as_str().unwrap();
            let operation =
                Operation::ALL.iter().copied().find(|o| o.as_str() == id || format!("{}-head", o.as_str()) == id);
            let operation =
                operation.unwrap_or_else(|| panic!("{method} {path}: `{id}` is not in the table of rights"));
            let method: Method = method.to_uppercase().parse().unwrap();
            found.push(Endpoint { operation, method, path: path.clone() });
        }
    }
    found
}

/// The path for an organization, with names of things that are not there.
fn concrete(path: &str, org: &str) -> String {
    let mut out = path.replace("{org}", org);
    out = out.replace("{run_id}", "0190a5d0-0000-7000-8000-000000000000");
    out = out.replace("{digest}", &format!("sha256:{}", "0".repeat(64)));
    while let (Some(start), Some(end)) = (out.find('{'), out.find('}')) {
        out.replace_range(start..=end, "x");
    }
    out
}

async fn ask(
    client: &reqwest::Client,
    url: &str,
    endpoint: &Endpoint,
    org: &str,
    token: Option<&str>,
) -> (StatusCode, Value) {
    let mut request = client.request(endpoint.method.clone(), format!("{url}{}", concrete(&endpoint.path, org)));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if matches!(endpoint.method, Method::POST | Method::PUT) {
        request = request.header("content-type", "application/json").body("{}");
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn every_operation_for_every_role_and_organization() {
    let plane = Plane::start();
    let owner = plane.user("owner");
    let foreign = owner.json(0, &["org", "create", "acme"])["token"].as_str().unwrap().to_owned();
    let client = http();
    let document: Value = client.get(format!("{}/openapi.json", plane.url)).send().await.unwrap().json().await.unwrap();
    let endpoints = endpoints(&document);
    for operation in Operation::ALL {
        assert!(endpoints.iter().any(|e| e.operation == *operation), "{operation:?} has no endpoint");
    }
    let mut asked = 0;
    for role in Role::ALL {
        let name = format!("a-{role}");
        let made = owner.json(0, &["token", "create", "--name", &name, "--role", role.as_str()]);
        let token = made["token"].as_str().unwrap();
        for endpoint in &endpoints {
            let shown = format!("{} {} as {role}", endpoint.method, endpoint.path);
            let (own, _) = ask(&client, &plane.url, endpoint, "default", Some(token)).await;
            let allowed = role >= endpoint.operation.role();
            assert_eq!(own == StatusCode::FORBIDDEN, !allowed, "{shown}: {own}");
            assert_ne!(own, StatusCode::UNAUTHORIZED, "{shown}");
            assert!(!own.is_server_error(), "{shown}: {own}");
            let (nobody, _) = ask(&client, &plane.url, endpoint, "default", None).await;
            assert_eq!(nobody, StatusCode::UNAUTHORIZED, "{shown}, without a token");
            asked += 2;
            if !endpoint.path.contains("{org}") {
                continue;
            }
            let (away, told) = ask(&client, &plane.url, endpoint, "acme", Some(token)).await;
            let (absent, other) = ask(&client, &plane.url, endpoint, "nobody", Some(token)).await;
            assert_eq!((away, absent), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{shown}");
            assert_eq!(
                (&told["code"], &told["title"], &told["detail"]),
                (&other["code"], &other["title"], &other["detail"]),
                "{shown}"
            );
            let (back, _) = ask(&client, &plane.url, endpoint, "default", Some(&foreign)).await;
            assert_eq!(back, StatusCode::NOT_FOUND, "{shown}, with a foreign token");
            asked += 3;
        }
    }
    assert!(asked > 500, "only {asked} requests were made");
}
