//! What policies of the server are shown, and what becomes of what they say: a trusted key signs what would mislead them.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::plane::Plane;
use crate::team::Team;

/// A contract of two policies for the whole attestation. Each has a branch for each phase; in the first one the beginning
/// is wrong, in the second one the end is.
const PHASES: &str = r#"apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: begun-badly}
spec:
  policies:
    - kind: ATTESTATION
      attestation_phases: [INIT]
      embedded: |
        package main
        import rego.v1
        violations contains "begun badly" if input.predicate.metadata.workflowName == "w"
        violations contains "evidence at the beginning" if count(input.predicate.materials) > 0
        violations contains "judged at the beginning" if count(input.predicate.policyEvaluations) > 0
    - kind: ATTESTATION
      attestation_phases: [PUSH]
      embedded: |
        package main
        import rego.v1
        violations contains "judged before the end" if count(input.predicate.policyEvaluations) > 0
---
apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: ended-badly}
spec:
  policies:
    - kind: ATTESTATION
      attestation_phases: [INIT]
      embedded: |
        package main
        import rego.v1
        violations contains "evidence at the beginning" if count(input.predicate.materials) > 0
    - kind: ATTESTATION
      attestation_phases: [INIT, PUSH]
      embedded: |
        package main
        import rego.v1
        violations contains "ended badly" if count(input.predicate.materials) > 0
---
apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: phased}
spec:
  materials: [{type: STRING, name: note}]
  policies:
    attestation: [{ref: begun-badly, gate: true}, {ref: ended-badly, gate: true}]
"#;

/// Policy, phase, status, messages of every evaluation of an answer, in the order of policies and phases.
fn told(answer: &Value) -> Vec<(String, String, String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |e: &Value| (text(&e["policy"]), text(&e["phase"]), text(&e["status"]), messages(e));
    let mut told: Vec<_> = answer["evaluations"].as_array().unwrap().iter().map(one).collect();
    told.sort();
    told
}

fn messages(evaluation: &Value) -> Vec<String> {
    let violations = evaluation["violations"].as_array().unwrap().iter();
    violations.map(|violation| violation["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn no_phase_answers_for_the_other_one() {
    let plane = Plane::start();
    let team = Team::new(&plane, PHASES, "phased");
    let (run, bundle) = team.signed(&[("note", "hello")]);
    let lie = team.lie(&bundle, |s| {
        let predicate = s["predicate"].as_object_mut().unwrap();
        predicate.retain(|key, _| !key.starts_with("policy"));
        let passed = |name: &str| json!({"name": name, "type": "ATTESTATION"});
        let claimed = json!({"CHAINLOOP.ATTESTATION": [passed("begun-badly"), passed("ended-badly")]});
        predicate.insert("policyEvaluations".into(), claimed);
    });
    let (status, answer) = team.send(&run, &lie).await;
    assert_eq!((status, answer["verdict"].as_str()), (StatusCode::CREATED, Some("non_compliant")), "{answer}");
    let row = |policy: &str, phase: &str, status: &str, messages: &[&str]| {
        let messages = messages.iter().map(|message| (*message).to_owned()).collect();
        (policy.to_owned(), phase.to_owned(), status.to_owned(), messages)
    };
    let wanted = [
        row("begun-badly", "INIT", "violated", &["begun badly"]),
        row("begun-badly", "PUSH", "passed", &[]),
        row("ended-badly", "INIT", "passed", &[]),
        row("ended-badly", "PUSH", "violated", &["ended badly"]),
    ];
    assert_eq!(told(&answer), wanted);
}

const SEEN: &str = r#"apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: material}
spec:
  policies:
    - kind: SBOM_CYCLONEDX_JSON
      embedded: |
        package main
        import rego.v1
        violations contains sprintf("%s=%v", [key, value]) if some key, value in input.chainloop_metadata.annotations
---
apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: statement}
spec:
  policies:
    - kind: ATTESTATION
      attestation_phases: [PUSH]
      embedded: |
        package main
        import rego.v1
        violations contains sprintf("%s=%v", [key, value]) if {
          some material in input.predicate.materials
          some key, value in material.annotations
        }
---
apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: seen}
spec:
  materials:
    - {type: SBOM_CYCLONEDX_JSON, name: sbom, annotations: [{name: team, value: core}]}
  policies:
    materials: [{ref: material}]
    attestation: [{ref: statement}]
"#;

const SBOM: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"metadata":{
"component":{"type":"application","name":"payments","version":"1.2.3"},
"tools":{"components":[{"type":"application","name":"scanner","version":"7"}]}}}"#;

/// What a pusher says of the bytes that they do not say.
const FALSE: &[(&str, &str)] = &[
    ("chainloop.material.sbom.main_component.name", "harmless"),
    ("chainloop.material.sbom.main_component.version", "9.9.9"),
    ("chainloop.material.sbom.vulnerabilities_report", "true"),
    ("chainloop.material.tool.name", "trusted-scanner"),
    ("chainloop.material.tools", "[]"),
    ("chainloop.material.size", "1"),
    ("chainloop.material.image.tag", "latest"),
    ("chainloop.unheard.of", "x"),
    ("assay.material.schema_failures", "0"),
];

#[tokio::test]
async fn policies_see_of_the_bytes_what_the_server_finds_in_them() {
    let plane = Plane::start();
    let team = Team::new(&plane, SEEN, "seen");
    team.user.write("sbom.json", SBOM);
    let (run, bundle) = team.signed(&[("sbom", "sbom.json")]);
    let lie = team.lie(&bundle, |s| {
        let annotations = &mut s["predicate"]["materials"][0]["annotations"];
        for (key, value) in FALSE {
            annotations[*key] = json!(value);
        }
        annotations["ticket"] = json!("7");
        annotations.as_object_mut().unwrap().remove("team");
    });
    let (status, answer) = team.send(&run, &lie).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let size = format!("chainloop.material.size={}", SBOM.len());
    let truths = [
        "chainloop.material.name=sbom",
        "chainloop.material.type=SBOM_CYCLONEDX_JSON",
        "chainloop.material.sbom.main_component.name=payments",
        "chainloop.material.sbom.main_component.version=1.2.3",
        "chainloop.material.tool.name=scanner",
        &size,
        "team=core",
        "ticket=7",
    ];
    for evaluation in answer["evaluations"].as_array().unwrap() {
        let seen: BTreeSet<_> = messages(evaluation).into_iter().collect();
        for truth in truths {
            assert!(seen.contains(truth), "`{truth}` is not among {seen:?}");
        }
        for (key, value) in FALSE {
            assert!(!seen.contains(&format!("{key}={value}")), "`{key}` is what the pusher says: {seen:?}");
        }
    }
    assert_eq!(answer["evaluations"].as_array().unwrap().len(), 2);
    let kept = team.user.json(0, &["run", "describe", &run]);
    let annotations = kept["materials"][0]["annotations"].as_object().unwrap();
    for (key, value) in FALSE {
        assert_ne!(annotations.get(*key), Some(&json!(value)), "`{key}` is kept as the pusher says it");
    }
}

/// How many things each policy of [`flood`] finds, of 10 KB each.
const FINDINGS: usize = 700;

/// Three policies that find 7 MB each, when somebody asks for it.
fn flood() -> String {
    let policy = |name: &str| {
        format!(
            r#"apiVersion: chainloop.dev/v1
kind: Policy
metadata: {{name: {name}}}
spec:
  policies:
    - kind: ATTESTATION
      attestation_phases: [PUSH]
      embedded: |
        package main
        import rego.v1
        line := concat("", [part | some _ in numbers.range(1, 1000); part := "0123456789"])
        violations contains sprintf("%d %s", [i, line]) if {{
          input.predicate.annotations.flood == "yes"
          some i in numbers.range(1, {FINDINGS})
        }}
---
"#
        )
    };
    let contract = "apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: flooded}
spec:
  policies:
    attestation: [{ref: a, gate: true}, {ref: b, gate: true}, {ref: c, gate: true}]
";
    format!("{}{}{}{contract}", policy("a"), policy("b"), policy("c"))
}

#[tokio::test]
async fn a_verdict_does_not_grow_with_what_a_pusher_makes_policies_say() {
    let plane = Plane::start();
    let team = Team::new(&plane, &flood(), "flooded");
    let (run, bundle) = team.signed(&[]);
    let lie = team.lie(&bundle, |s| s["predicate"]["annotations"] = json!({"flood": "yes"}));
    let (status, answer) = team.send(&run, &lie).await;
    assert_eq!((status, answer["verdict"].as_str()), (StatusCode::CREATED, Some("non_compliant")));
    let mut size = 0;
    let mut cut = 0;
    for evaluation in answer["evaluations"].as_array().unwrap() {
        let messages = messages(evaluation);
        assert_eq!(evaluation["status"], "violated", "{:?}", evaluation["error"]);
        size += messages.iter().map(String::len).sum::<usize>();
        let last = messages.last().unwrap();
        if let Some(more) = last
            .strip_prefix("… and ")
            .and_then(|rest| rest.strip_suffix(" more violations, which the verdict does not keep"))
        {
            assert_eq!(messages.len() - 1 + more.parse::<usize>().unwrap(), FINDINGS);
            cut += 1;
        } else {
            assert_eq!(messages.len(), FINDINGS);
        }
    }
    assert_eq!(cut, 1, "two of the three fit");
    assert!(size <= 16 << 20, "the verdict keeps {size} bytes");
    let kept = team.user.json(0, &["run", "describe", &run]);
    assert_eq!(kept["verdict"], "non_compliant");
}
