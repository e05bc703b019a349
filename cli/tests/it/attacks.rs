//! Attestations that lie, are changed, belong elsewhere or come twice (invariants 1 to 4 of ARCHITECTURE.md): a trusted key
//! signs them, so that it is not the signature that refuses them.

use assay_attest::Bundle;
use assay_base::{Digest, Secret};
use assay_signer::{KeyFile, PrivateKey, SignedPayload};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::plane::{PASSWORD, Plane, User, http};

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
    - {type: STRING, name: note, optional: true, annotations: [{name: ticket}]}
  policies:
    materials: [{ref: licences, gate: true}]
";

fn sbom(licences: &str) -> String {
    let component = format!(r#"{{"type":"library","name":"lib","version":"1"{licences}}}"#);
    format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{component}]}}"#)
}

/// A user with a trusted key and a contract.
struct Team {
    user: User,
    key: PrivateKey,
    url: String,
}

impl Team {
    fn new(plane: &Plane) -> Self {
        let user = plane.user("team");
        user.write("documents.yaml", DOCUMENTS);
        user.write("good.json", &sbom(r#","licenses":[{"license":{"id":"MIT"}}]"#));
        user.write("bad.json", &sbom(""));
        user.json(0, &["apply", "-f", "documents.yaml"]);
        user.json(0, &["key", "generate", "--output", "team"]);
        user.json(0, &["trust", "add", "--key", "team.pub", "--name", "team"]);
        let text = std::fs::read_to_string(user.work().join("team.key")).unwrap();
        let KeyFile::Encrypted(sealed) = KeyFile::parse(&text).unwrap() else { panic!("the key is not encrypted") };
        let key = sealed.open(&Secret::new(PASSWORD.to_owned())).unwrap();
        Self { user, key, url: plane.url.clone() }
    }

    /// An open run and the statement of a bundle for it that was not sent.
    fn signed(&self, material: &str) -> (String, Bundle) {
        let init = ["att", "init", "--workflow", "w", "--project", "p", "--contract", "guarded", "--replace"];
        let run = self.user.json(0, &init)["run_id"].as_str().unwrap().to_owned();
        self.user.json(0, &["att", "add", "--name", "sbom", "--value", material]);
        self.user.json(0, &["att", "push", "--key", "team.key", "--no-submit", "--bundle", "b.json"]);
        let bytes = std::fs::read(self.user.work().join("b.json")).unwrap();
        (run, Bundle::parse(bytes).unwrap())
    }

    /// The bundle with another statement, signed again with the trusted key.
    fn lie(&self, bundle: &Bundle, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut statement: Value = serde_json::from_slice(&bundle.envelope().payload).unwrap();
        change(&mut statement);
        let payload = serde_json::to_vec(&statement).unwrap();
        SignedPayload::sign(&self.key, payload).unwrap().with_key(None).unwrap().bytes().to_vec()
    }

    async fn send(&self, run: &str, bundle: &[u8]) -> (StatusCode, Value) {
        let url = format!("{}/v1/orgs/default/runs/{run}/attestation", self.url);
        let request = http().post(url).bearer_auth(&self.user.token).header("content-type", "application/json");
        let answer = request.body(bundle.to_vec()).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    fn is_untouched(&self, run: &str) {
        let run = self.user.json(0, &["run", "describe", run]);
        let nothing = (&json!("open"), &Value::Null, &Value::Null, &json!([]), &json!([]));
        let kept = (&run["state"], &run["digest"], &run["verdict"], &run["materials"], &run["evaluations"]);
        assert_eq!(kept, nothing, "something of a refused attestation was stored");
    }
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
    ("contract-incomplete", |s| {
        let note = json!({"name": "note", "digest": {"sha256": Digest::of(b"hi").hex()}, "content": "aGk=",
            "annotations": {"chainloop.material.name": "note", "chainloop.material.type": "STRING"}});
        s["predicate"]["materials"].as_array_mut().unwrap().push(note);
    }),
    ("material-content", |s| {
        let note = json!({"name": "note", "digest": {"sha256": Digest::of(b"other").hex()}, "content": "aGk=",
            "annotations": {"chainloop.material.name": "note", "chainloop.material.type": "STRING", "ticket": "7"}});
        s["predicate"]["materials"].as_array_mut().unwrap().push(note);
    }),
];

#[tokio::test]
async fn a_trusted_key_that_lies_stores_nothing() {
    let plane = Plane::start();
    let team = Team::new(&plane);
    let (run, bundle) = team.signed("good.json");
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
    let team = Team::new(&plane);
    let (run, bundle) = team.signed("bad.json");
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
    let team = Team::new(&plane);
    let (run, bundle) = team.signed("good.json");
    for fake in
        [&b"{}"[..], b"not json", br#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":{}}"#]
    {
        let digest = Digest::of(fake);
        let url = format!("{}/v1/orgs/default/blobs/{digest}", team.url);
        assert!(http().put(url).bearer_auth(&team.user.token).body(fake).send().await.unwrap().status().is_success());
        let lie = team.lie(&bundle, |s| s["predicate"]["materials"][0]["digest"]["sha256"] = json!(digest.hex()));
        let (status, answer) = team.send(&run, &lie).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(answer["code"].as_str().unwrap().starts_with("material"), "{answer}");
        team.is_untouched(&run);
    }
}
