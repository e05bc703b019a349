//! What a team does all day, and what must not happen on the way.

use crate::plane::Plane;

const CONTRACT: &str = "apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: proof}
spec:
  materials:
    - {type: STRING, name: note, output: true}
    - {type: EVIDENCE, name: paper, optional: true}
  policies:
    attestation:
      - embedded:
          apiVersion: chainloop.dev/v1
          kind: Policy
          metadata: {name: counted}
          spec:
            policies:
              - kind: ATTESTATION
                embedded: |
                  package main
                  import rego.v1
                  violations contains \"somebody counted before the server did\" if {
                    input.predicate.policyViolationsCount > 0
                  }
";

#[test]
fn a_run_is_pinned_pushed_once_and_read_back() {
    let plane = Plane::start();
    let user = plane.user("team");
    user.write("contract.yaml", CONTRACT);
    user.json(0, &["apply", "-f", "contract.yaml"]);
    let run = user.json(0, &["att", "init", "--workflow", "w", "--project", "p", "--contract", "proof"]);
    let added = user.json(0, &["att", "add", "--name", "note", "--value", "hello there"]);
    assert_eq!(added["kind"], "STRING");
    let pushed = user.json(0, &["att", "push", "--bundle", "bundle.json"]);
    assert_eq!((&pushed["verdict"], &pushed["run_id"]), (&"compliant".into(), &run["run_id"]));
    let id = run["run_id"].as_str().unwrap();
    let described = user.json(0, &["run", "describe", id]);
    assert_eq!(described["materials"][0]["value"], "hello there");
    assert_eq!(described["evaluations"][0]["status"], "passed");
    assert_eq!(described["signer"]["kind"], "certificate");
    let again = user.json(0, &["att", "submit", "--bundle", "bundle.json"]);
    assert_eq!(again["digest"], pushed["digest"]);
}

#[test]
fn what_is_gone_from_the_disk_is_an_error_with_a_way_out() {
    let plane = Plane::start();
    let user = plane.user("team");
    for (exit, args) in [
        (2, &["att", "status"][..]),
        (2, &["att", "push"]),
        (7, &["run", "describe", "0190a5d0-0000-7000-8000-000000000000"]),
        (2, &["run", "describe", "nonsense"]),
        (7, &["gate", "check", "--gate", "none", "--digest", &format!("sha256:{}", "0".repeat(64))]),
        (2, &["gate", "check", "--gate", "none", "--digest", "sha256:abc"]),
        (2, &["apply", "-f", "nowhere.yaml"]),
        (2, &["att", "init", "--workflow", "Upper", "--project", "p"]),
        (7, &["att", "init", "--workflow", "w", "--project", "p", "--contract", "absent"]),
    ] {
        let error = user.json(exit, args)["error"].clone();
        assert!(
            error["code"].is_string() && error["message"].as_str().is_some_and(|m| !m.is_empty()),
            "{args:?}: {error}"
        );
    }
}
