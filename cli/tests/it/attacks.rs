//! Attestations that lie, are changed, belong elsewhere or come twice (invariants 1 to 4 of ARCHITECTURE.md): a trusted key
//! signs them, so that it is not the signature that refuses them.

use assay_base::{Digest, limits};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::plane::{Plane, http};
use crate::team::Team;

const DOCUMENTS: &str = r"apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: licences}
spec:
  policies:
    - kind: SBOM_CYCLONEDX_JSON
      embedded: |
        package main
        import rego.v1
        violations contains c.name if {
          some c in input.components
          not c.licenses
        }
---
apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: guarded}
spec:
  materials:
    - {type: SBOM_CYCLONEDX_JSON, name: sbom}
    - {type: STRING, name: note, optional: true, annotations: [{name: ticket}, {name: team, value: core}]}
    - {type: CONTAINER_IMAGE, name: image, optional: true}
  policies:
    materials: [{ref: licences, gate: true}]
---
apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: on-github}
spec:
  runner: {type: GITHUB_ACTION}
";

fn team(plane: &Plane) -> Team {
    let team = Team::new(plane, DOCUMENTS, "guarded");
    team.user.write("good.json", &sbom(r#","licenses":[{"license":{"id":"MIT"}}]"#));
    team.user.write("bad.json", &sbom(""));
    team
}

fn sbom(licences: &str) -> String {
    let component = format!(r#"{{"type":"library","name":"lib","version":"1"{licences}}}"#);
    format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{component}]}}"#)
}

fn add(statement: &mut Value, material: Value) {
    statement["predicate"]["materials"].as_array_mut().unwrap().push(material);
}

/// The text `hi`, with the digest of `content`.
fn note(content: &str, annotations: Value) -> Value {
    let mut material = json!({"name": "note", "digest": {"sha256": Digest::of(content.as_bytes()).hex()},
        "content": "aGk="});
    material["annotations"] = annotations;
    material["annotations"]["chainloop.material.name"] = json!("note");
    material["annotations"]["chainloop.material.type"] = json!("STRING");
    material
}

fn image(reference: &str, digest: &str) -> Value {
    json!({"name": reference, "digest": {"sha256": digest},
        "annotations": {"chainloop.material.name": "image", "chainloop.material.type": "CONTAINER_IMAGE"}})
}

type Lie = (&'static str, fn(&mut Value));

const LIES: &[Lie] = &[
    ("statement-binding", |s| {
        s["predicate"]["metadata"]["workflowRunID"] = json!("0190a5d0-0000-7000-8000-000000000000");
    }),
    ("statement-binding", |s| s["predicate"]["metadata"]["organization"] = json!("acme")),
    ("statement-binding", |s| s["predicate"]["metadata"]["contractVersion"] = json!("2")),
    ("statement-binding", |s| s["predicate"]["metadata"]["projectVersion"] = json!("9")),
    ("contract-incomplete", |s| s["predicate"]["materials"] = json!([])),
    ("material-absent", |s| s["predicate"]["materials"][0]["digest"]["sha256"] = json!("0".repeat(64))),
    ("material-kind", |s| s["predicate"]["materials"][0]["annotations"]["chainloop.material.type"] = json!("ARTIFACT")),
    ("material-kind", |s| s["predicate"]["materials"][0]["annotations"]["chainloop.material.type"] = json!("SRIF")),
    ("material-twice", |s| {
        let first = s["predicate"]["materials"][0].clone();
        s["predicate"]["materials"].as_array_mut().unwrap().push(first);
    }),
    ("statement-subject", |s| {
        s["subject"].as_array_mut().unwrap().push(json!({"name": "x", "digest": {"sha256": "f".repeat(64)}}));
    }),
    ("subjects", |s| {
        let head = json!({"name": "git.head", "digest": {"sha1": "f".repeat(40)}});
        s["subject"].as_array_mut().unwrap().extend(vec![head; limits::SUBJECTS]);
    }),
    ("statement-binding", |s| s["predicate"]["runnerType"] = json!("GITHUB_ACTION")),
    ("contract-incomplete", |s| add(s, note("hi", json!({"team": "core"})))),
    ("contract-incomplete", |s| add(s, note("hi", json!({"team": "core", "ticket": ""})))),
    ("material-annotation", |s| add(s, note("hi", json!({"team": "other", "ticket": "7"})))),
    ("material-content", |s| add(s, note("other", json!({"ticket": "7"})))),
    ("material-digest", |s| {
        let digest = "a".repeat(64);
        add(s, image(&format!("ghcr.io/example/app@sha256:{}", "b".repeat(64)), &digest));
    }),
    ("material-digest", |s| {
        let digest = "a".repeat(64);
        add(s, image(&format!("ghcr.io/example/app@sha512:{digest}"), &digest));
    }),
];

#[tokio::test]
async fn a_trusted_key_that_lies_stores_nothing() {
    let plane = Plane::start();
    let team = team(&plane);
    let (run, bundle) = team.signed(&[("sbom", "good.json")]);
    for (code, lie) in LIES {
        let (status, answer) = team.send(&run, &team.lie(&bundle, lie)).await;
        assert_eq!((status, answer["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(*code)), "{answer}");
        team.is_untouched(&run);
    }
    let (status, answer) = team.send(&run, bundle.bytes()).await;
    assert_eq!((status, answer["verdict"].as_str()), (StatusCode::CREATED, Some("compliant")), "the true one is taken");
    let (status, again) = team.send(&run, bundle.bytes()).await;
    assert_eq!((status, again), (StatusCode::OK, answer));
    let other = team.lie(&bundle, |s| s["predicate"]["annotations"] = json!({"x": "y"}));
    assert_eq!(team.send(&run, &other).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_claimed_pass_is_overruled_and_the_evidence_is_kept() {
    let plane = Plane::start();
    let team = team(&plane);
    let (run, bundle) = team.signed(&[("sbom", "bad.json")]);
    let lie = team.lie(&bundle, |s| {
        let predicate = s["predicate"].as_object_mut().unwrap();
        predicate.retain(|key, _| !key.starts_with("policy"));
        predicate.insert("policyHasViolations".into(), json!(false));
        predicate
            .insert("policyEvaluations".into(), json!({"sbom": [{"name": "licences", "type": "SBOM_CYCLONEDX_JSON"}]}));
    });
    let (status, answer) = team.send(&run, &lie).await;
    assert_eq!((status, answer["verdict"].as_str()), (StatusCode::CREATED, Some("non_compliant")), "{answer}");
    let kept = team.user.json(0, &["run", "describe", &run]);
    assert_eq!((kept["state"].as_str(), kept["verdict"].as_str()), (Some("pushed"), Some("non_compliant")));
    assert_eq!(kept["evaluations"][0]["violations"][0]["message"], "lib");
}

#[tokio::test]
async fn evidence_must_be_what_it_is_called() {
    let plane = Plane::start();
    let team = team(&plane);
    let (run, bundle) = team.signed(&[("sbom", "good.json")]);
    for fake in
        [&b"{}"[..], b"not json", br#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":{}}"#]
    {
        let digest = Digest::of(fake);
        let url = format!("{}/v1/orgs/default/blobs/{digest}", plane.url);
        assert!(http().put(url).bearer_auth(&team.user.token).body(fake).send().await.unwrap().status().is_success());
        let lie = team.lie(&bundle, |s| s["predicate"]["materials"][0]["digest"]["sha256"] = json!(digest.hex()));
        let (status, answer) = team.send(&run, &lie).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(answer["code"].as_str().unwrap().starts_with("material"), "{answer}");
        team.is_untouched(&run);
    }
}

#[tokio::test]
async fn what_a_contract_of_a_runner_gets_is_of_that_runner() {
    let plane = Plane::start();
    let team = team(&plane);
    let (_, bundle) = team.signed(&[("sbom", "good.json")]);
    let open = async |runner: Value| {
        let url = format!("{}/v1/orgs/default/runs", plane.url);
        let run = json!({"workflow": "gh", "project": "p", "contract": "on-github", "runner": runner});
        let answer = http().post(url).bearer_auth(&team.user.token).json(&run).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["run_id"].as_str().unwrap().to_owned()
    };
    let send = async |run: &str, runner: &str| {
        let statement = team.lie(&bundle, |s| {
            let predicate = &mut s["predicate"];
            predicate["metadata"]["workflowRunID"] = json!(run);
            predicate["metadata"]["workflowName"] = json!("gh");
            predicate["metadata"]["contractName"] = json!("on-github");
            predicate["runnerType"] = json!(runner);
            s["subject"] = json!([{"name": "chainloop.workflow.gh", "digest": {"sha256": "0".repeat(64)}}]);
        });
        let (status, answer) = team.send(run, &statement).await;
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let nowhere = open(json!({})).await;
    let refused = |code: &str| (StatusCode::UNPROCESSABLE_ENTITY, code.to_owned());
    assert_eq!(send(&nowhere, "RUNNER_TYPE_UNSPECIFIED").await, refused("contract-incomplete"));
    assert_eq!(send(&nowhere, "GITHUB_ACTION").await, refused("statement-binding"));
    team.is_untouched(&nowhere);
    let there = open(json!({"type": "GITHUB_ACTION"})).await;
    assert_eq!(send(&there, "GITLAB_PIPELINE").await, refused("statement-binding"));
    assert_eq!(send(&there, "GITHUB_ACTION").await.0, StatusCode::CREATED);
}
