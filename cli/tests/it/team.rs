//! Somebody whom the organization trusts, and who lies.

use assay_attest::Bundle;
use assay_base::Secret;
use assay_signer::{KeyFile, PrivateKey, SignedPayload};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::plane::{PASSWORD, Plane, User, http};

/// A user with a key that the organization trusts, and a contract.
pub(crate) struct Team {
    pub(crate) user: User,
    key: PrivateKey,
    url: String,
    contract: &'static str,
}

impl Team {
    /// A team that has applied `documents` and works by `contract`, which is one of them.
    pub(crate) fn new(plane: &Plane, documents: &str, contract: &'static str) -> Self {
        let user = plane.user("team");
        user.write("documents.yaml", documents);
        user.json(0, &["apply", "-f", "documents.yaml"]);
        user.json(0, &["key", "generate", "--output", "team"]);
        user.json(0, &["trust", "add", "--key", "team.pub", "--name", "team"]);
        let text = std::fs::read_to_string(user.work().join("team.key")).unwrap();
        let KeyFile::Encrypted(sealed) = KeyFile::parse(&text).unwrap() else { panic!("the key is not encrypted") };
        let key = sealed.open(&Secret::new(PASSWORD.to_owned())).unwrap();
        Self { user, key, url: plane.url.clone(), contract }
    }

    /// An open run and a bundle for it that was not sent, with these materials: name and value.
    pub(crate) fn signed(&self, materials: &[(&str, &str)]) -> (String, Bundle) {
        let init = ["att", "init", "--workflow", "w", "--project", "p", "--contract", self.contract, "--replace"];
        let run = self.user.json(0, &init)["run_id"].as_str().unwrap().to_owned();
        for (name, value) in materials {
            self.user.json(0, &["att", "add", "--name", name, "--value", value]);
        }
        self.user.json(0, &["att", "push", "--key", "team.key", "--no-submit", "--bundle", "b.json"]);
        let bytes = std::fs::read(self.user.work().join("b.json")).unwrap();
        (run, Bundle::parse(bytes).unwrap())
    }

    /// The bundle with another statement, signed again with the trusted key.
    pub(crate) fn lie(&self, bundle: &Bundle, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut statement: Value = serde_json::from_slice(&bundle.envelope().payload).unwrap();
        change(&mut statement);
        let payload = serde_json::to_vec(&statement).unwrap();
        SignedPayload::sign(&self.key, payload).unwrap().with_key(None).unwrap().bytes().to_vec()
    }

    pub(crate) async fn send(&self, run: &str, bundle: &[u8]) -> (StatusCode, Value) {
        let url = format!("{}/v1/orgs/default/runs/{run}/attestation", self.url);
        let request = http().post(url).bearer_auth(&self.user.token).header("content-type", "application/json");
        let answer = request.body(bundle.to_vec()).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Fails when anything of a refused attestation was stored.
    pub(crate) fn is_untouched(&self, run: &str) {
        let run = self.user.json(0, &["run", "describe", run]);
        let nothing = (&json!("open"), &Value::Null, &Value::Null, &json!([]), &json!([]));
        let kept = (&run["state"], &run["digest"], &run["verdict"], &run["materials"], &run["evaluations"]);
        assert_eq!(kept, nothing, "something of a refused attestation was stored");
    }
}
