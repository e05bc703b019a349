//! Rights that end: at the border of a project, with a token that is revoked, with the name of a key.

use assay_base::Digest;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::plane::{Plane, User, http};
use crate::team::Team;

const DOCUMENTS: &str = "apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: held}
spec:
  materials: [{type: ARTIFACT, name: file}]
";

/// The token of a contributor of one project.
fn of_project(owner: &User, project: &str) -> String {
    let name = format!("ci-{project}");
    let args = ["token", "create", "--name", &name, "--role", "contributor", "--project", project];
    owner.json(0, &args)["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn bytes_belong_to_the_projects_that_have_shown_them() {
    let plane = Plane::start();
    let mut team = Team::new(&plane, DOCUMENTS, "held");
    let (theirs, ours) = (of_project(&team.user, "q"), of_project(&team.user, "p"));
    let secret = b"what the other project builds";
    let digest = Digest::of(secret);
    let blob = async |method: Method, token: &str, body: &[u8]| {
        let url = format!("{}/v1/orgs/default/blobs/{digest}", plane.url);
        let answer = http().request(method, url).bearer_auth(token).body(body.to_vec()).send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    };
    assert_eq!(blob(Method::PUT, &theirs, secret).await.0, StatusCode::CREATED);
    team.user.token = ours.clone();
    team.user.write("own.bin", "what we build");
    let (run, bundle) = team.signed(&[("file", "own.bin")]);
    let lie = team.lie(&bundle, |s| s["predicate"]["materials"][0]["digest"]["sha256"] = json!(digest.hex()));
    for method in [Method::GET, Method::HEAD] {
        let (status, body) = blob(method, &ours, b"").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(!body.windows(secret.len()).any(|window| window == secret));
    }
    let (status, answer) = team.send(&run, &lie).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("material-absent")));
    team.is_untouched(&run);
    // To guess is not to have.
    assert_eq!(blob(Method::PUT, &ours, b"a guess").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(blob(Method::GET, &ours, b"").await.0, StatusCode::NOT_FOUND);
    assert_eq!(blob(Method::GET, &theirs, b"").await.1.as_ref(), secret);
    assert_eq!(blob(Method::GET, &plane.owner_token(), b"").await.0, StatusCode::OK);
    // Who shows the bytes has them.
    assert_eq!(blob(Method::PUT, &ours, secret).await.0, StatusCode::OK);
    assert_eq!(blob(Method::GET, &ours, b"").await.0, StatusCode::OK);
    assert_eq!(team.send(&run, &lie).await.0, StatusCode::CREATED);
}

#[test]
fn somebody_can_always_make_tokens() {
    let plane = Plane::start();
    let mut user = plane.user("team");
    let refused = |user: &User, name: &str| {
        assert_eq!(user.json(9, &["token", "revoke", name])["error"]["code"], "last-owner", "{name}");
        assert!(user.json(0, &["token", "ls"]).to_string().contains(&format!("\"{name}\"")));
    };
    refused(&user, "owner");
    // An owner that ends, and one of a single project, are not there for good.
    user.json(0, &["token", "create", "--name", "passing", "--role", "owner", "--expires", "1d"]);
    user.json(0, &["token", "create", "--name", "partial", "--role", "owner", "--project", "p"]);
    user.json(0, &["token", "create", "--name", "admin", "--role", "admin"]);
    refused(&user, "owner");
    let second = user.json(0, &["token", "create", "--name", "second", "--role", "owner"]);
    user.json(0, &["token", "revoke", "owner"]);
    assert_eq!(user.json(7, &["whoami"])["error"]["code"], "unauthenticated");
    second["token"].as_str().unwrap().clone_into(&mut user.token);
    refused(&user, "second");
    for name in ["passing", "partial", "admin"] {
        user.json(0, &["token", "revoke", name]);
    }
}

#[test]
fn a_key_has_one_name_and_a_name_one_key() {
    let plane = Plane::start();
    let user = plane.user("team");
    for name in ["one", "two"] {
        user.json(0, &["key", "generate", "--output", name]);
    }
    let trust = |exit: i32, key: &str, name: &str| {
        user.json(exit, &["trust", "add", "--key", key, "--name", name])["error"]["code"].clone()
    };
    trust(0, "one.pub", "release");
    assert_eq!(trust(9, "one.pub", "another"), "key-known");
    assert_eq!(trust(9, "one.pub", "release"), "key-known");
    assert_eq!(trust(9, "two.pub", "release"), "taken");
    let kept = user.json(0, &["trust", "ls"]);
    assert_eq!(kept["items"].as_array().unwrap().len(), 1, "{kept}");
    // Removed under its one name it is trusted no more.
    user.json(0, &["trust", "remove", "release"]);
    assert_eq!(user.json(0, &["trust", "ls"])["items"], json!([]));
}
