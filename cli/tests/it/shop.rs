use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::plane::{Plane, User};

const DOCUMENTS: &str = "apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: licenses}
spec:
  policies:
    - kind: SBOM_CYCLONEDX_JSON
      embedded: |
        package main
        import rego.v1
        violations contains msg if {
          some c in input.components
          not c.licenses
          msg := sprintf(\"%s has no license\", [c.name])
        }
---
apiVersion: chainloop.dev/v1
kind: Contract
metadata: {name: shop}
spec:
  materials:
    - {type: SBOM_CYCLONEDX_JSON, name: sbom}
    - {type: SBOM_SPDX_JSON, name: other, optional: true}
  policies:
    materials:
      - {ref: licenses}
";

/// A team that pushes evidence from one workflow and sends it on. Its server permits destinations on loopback.
pub(crate) struct Shop {
    /// Stops with the shop.
    _plane: Plane,
    pub(crate) user: User,
}

impl Shop {
    pub(crate) const WORKFLOW: &str = "release-build";

    pub(crate) fn open() -> Self {
        let plane = Plane::start_with(&["--egress-allow", "127.0.0.0/8"]);
        let user = plane.user("team");
        user.write("documents.yaml", DOCUMENTS);
        user.json(0, &["apply", "-f", "documents.yaml"]);
        let component =
            json!({ "type": "library", "name": "lib", "version": "1", "licenses": [{ "license": { "id": "MIT" } }] });
        let sbom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [component] });
        user.write("sbom.json", &sbom.to_string());
        let shop = Self { _plane: plane, user };
        // The first push makes the workflow, to which registrations are attached.
        shop.push();
        shop
    }

    pub(crate) fn push(&self) -> Value {
        self.push_annotated(&[])
    }

    /// Pushes a run whose SBOM has these annotations.
    pub(crate) fn push_annotated(&self, annotations: &[&str]) -> Value {
        let init =
            ["att", "init", "--workflow", Self::WORKFLOW, "--project", "shop", "--contract", "shop", "--replace"];
        self.user.json(0, &init);
        let mut add = vec!["att", "add", "--name", "sbom", "--value", "sbom.json"];
        add.extend(annotations.iter().flat_map(|annotation| ["--annotation", annotation]));
        self.user.json(0, &add);
        self.user.json(0, &["att", "push"])
    }

    pub(crate) fn register(&self, exit: i32, integration: &str, name: &str, options: &[String]) -> Value {
        let verb = ["integration", "registered", "add", integration, "--name", name];
        self.user.json(exit, &with(&verb, options))
    }

    pub(crate) fn attach(&self, exit: i32, name: &str, options: &[String]) -> Value {
        let verb = ["integration", "attached", "add", name, "--workflow", Self::WORKFLOW, "--project", "shop"];
        self.user.json(exit, &with(&verb, options))
    }

    pub(crate) fn describe(&self, name: &str) -> Value {
        self.user.json(0, &["integration", "registered", "describe", name])
    }

    pub(crate) fn deliveries(&self, name: &str) -> Vec<Value> {
        self.user.json(0, &["delivery", "ls", "--registration", name])["items"].as_array().unwrap().clone()
    }

    /// The one delivery of a registration, with its history, as soon as it is in that state.
    pub(crate) fn wait(&self, name: &str, state: &str) -> Value {
        self.until(name, |delivery| delivery["state"] == state)
    }

    /// The same, as soon as it was tried.
    pub(crate) fn tried(&self, name: &str) -> Value {
        self.until(name, |delivery| delivery["attempts"] != 0)
    }

    fn until(&self, name: &str, done: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let deliveries = self.deliveries(name);
            if let Some(delivery) = deliveries.iter().find(|delivery| done(delivery)) {
                return self.user.json(0, &["delivery", "describe", delivery["id"].as_str().unwrap()]);
            }
            assert!(Instant::now() < deadline, "{name}: {deliveries:?}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// `options` as `--opt`.
fn with<'a>(verb: &[&'a str], options: &'a [String]) -> Vec<&'a str> {
    verb.iter().copied().chain(options.iter().flat_map(|option| ["--opt", option])).collect()
}

/// The outcomes and the status codes of a delivery's attempts.
pub(crate) fn attempts(delivery: &Value) -> Vec<(String, Option<u64>)> {
    let history = delivery["history"].as_array().unwrap();
    history.iter().map(|at| (at["outcome"].as_str().unwrap().to_owned(), at["status_code"].as_u64())).collect()
}
