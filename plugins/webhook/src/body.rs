use assay_plugin_sdk::prelude::*;
use assay_plugin_sdk::{Run, Workflow, base64};

/// What stands before and after the base64 in a body: `{"Metadata":…,"Data":"` and `","Kind":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Frame {
    /// A frame for one kind of evidence.
    pub(crate) fn new(metadata: &Value, kind: &str) -> Self {
        let before = format!("{{\"Metadata\":{metadata},\"Data\":\"");
        Self { before, after: format!("\",\"Kind\":{}}}", json!(kind)) }
    }

    /// The whole body, for data at hand.
    pub(crate) fn around(self, data: &str) -> String {
        [&self.before, data, &self.after].concat()
    }
}

/// Whose evidence it is, by the names that receivers of Chainloop's webhook know, and the verdict.
pub(crate) fn metadata(delivery: &Delivery) -> Value {
    json!({ "Workflow": workflow(&delivery.workflow), "WorkflowRun": run(&delivery.run) })
}

/// The same where there is no run: for the message that tries a registration.
pub(crate) fn no_metadata() -> Value {
    json!({ "Workflow": null, "WorkflowRun": null })
}

fn workflow(workflow: &Workflow) -> Value {
    json!({
        "ID": workflow.id,
        "Name": workflow.name,
        "Team": workflow.team.as_deref().unwrap_or_default(),
        "Project": workflow.project,
    })
}

fn run(run: &Run) -> Value {
    // Receivers that were written for Chainloop ask for this word.
    let state = if run.state == "pushed" { "success" } else { &run.state };
    json!({
        "ID": run.id,
        "State": state,
        "Verdict": run.verdict.as_str(),
        "StartedAt": run.started_at,
        "FinishedAt": run.finished_at,
        "RunnerType": run.runner_type.as_deref().unwrap_or_default(),
        "RunURL": run.runner_url.as_deref().unwrap_or_default(),
        "AttestationDigest": run.attestation_digest,
    })
}

/// The `Data` of an attestation: base64 of its envelope, digest, statement and predicate as one JSON object.
pub(crate) fn attestation(attestation: &Attestation) -> Result<String, Error> {
    let parts = assay_plugin_sdk::serde_json::to_vec(&attestation.parts()?);
    let parts = parts.map_err(|error| Error::permanent("attestation-invalid", error.to_string()))?;
    Ok(base64::encode(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_and_its_data_are_one_document() {
        let frame = Frame::new(&json!({ "Workflow": { "Name": "a\"b" } }), "SBOM_\"SPDX");
        let body: Value = assay_plugin_sdk::serde_json::from_str(&frame.around("QUJD")).unwrap();
        let expected = json!({ "Metadata": { "Workflow": { "Name": "a\"b" } }, "Data": "QUJD", "Kind": "SBOM_\"SPDX" });
        assert_eq!(body, expected);
    }
}
