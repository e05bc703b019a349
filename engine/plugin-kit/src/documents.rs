use assay_base::Timestamp;
use serde_json::{Value, json};

/// The delivery that documents of a trial speak of.
const DELIVERY: &str = "01936f5e-0000-7000-8000-000000000001";

/// The context of `register`, `attach` and `check`.
pub fn registration_context(integration: &str, now: Timestamp) -> Value {
    json!({
        "schema": "assay.dev/context/v1",
        "organization": "default",
        "now": now.to_string(),
        "registration": {"name": "trial", "integration": integration},
    })
}

/// The context of `execute`: a compliant run of `payments-api / release-build`.
pub fn delivery_context(integration: &str, now: Timestamp, attempt: u32) -> Value {
    let mut context = registration_context(integration, now);
    let delivery = json!({
        "attempt": attempt,
        "delivery_id": DELIVERY,
        "workflow": {
            "id": "01936f5e-0000-7000-8000-000000000002", "name": "release-build", "project": "payments-api", "team": null
        },
        "run": {
            "id": "01936f5e-0000-7000-8000-000000000003",
            "state": "pushed",
            "verdict": "compliant",
            "warnings": 0,
            "started_at": "2026-01-02T03:02:00Z",
            "finished_at": "2026-01-02T03:04:00Z",
            "runner_type": "GITHUB_ACTION",
            "runner_url": "https://ci.example.org/runs/7",
            "attestation_digest": format!("sha256:{}", "cd".repeat(32)),
            "version": "1.4.2",
            "evaluations": [{
                "policy": "licenses", "material": "sbom", "kind": "SBOM_CYCLONEDX_JSON", "status": "passed",
                "enforcement": "block", "violations": 0
            }],
        },
    });
    if let (Value::Object(into), Value::Object(from)) = (&mut context, delivery) {
        into.extend(from);
    }
    context
}

/// The id of the delivery of [`delivery_context`].
pub(crate) const fn delivery_id() -> &'static str {
    DELIVERY
}
