//! What the tests of the evaluator share.

use assay_base::Timestamp;
use assay_ports::{EvaluationRequest, Script, ScriptOutcome, ScriptRun};
use serde_json::{Value, json};

/// A script without arguments.
pub(crate) fn script(source: &str) -> Script {
    Script { source: source.into(), args: None }
}

/// A request on a document at 2026-01-02T03:04:05Z.
pub(crate) fn request(document: &str, scripts: Vec<Script>) -> EvaluationRequest {
    EvaluationRequest {
        document: document.to_owned().into(),
        metadata: json!({"name": "sbom", "annotations": {"chainloop.material.type": "SBOM_CYCLONEDX_JSON"}}),
        scripts,
        instant: Timestamp::from_micros(1_767_323_045_000_000),
    }
}

/// A `CycloneDX` document with this many components.
pub(crate) fn sbom(components: usize) -> String {
    let hashes: Vec<Value> =
        ["MD5", "SHA-1", "SHA-256", "SHA-512"].map(|alg| json!({"alg": alg, "content": "0a".repeat(32)})).into();
    let references: Vec<Value> = ["website", "vcs", "issue-tracker", "distribution"]
        .map(|kind| json!({"type": kind, "url": format!("https://example.com/{kind}")}))
        .into();
    let component = |i: usize| {
        json!({"type": "library", "bom-ref": format!("pkg:npm/lib-{i}@1.0.{i}"), "name": format!("lib-{i}"),
            "version": format!("1.0.{i}"), "purl": format!("pkg:npm/lib-{i}@1.0.{i}"),
            "licenses": [{"license": {"id": "MIT"}}], "hashes": hashes, "externalReferences": references})
    };
    let components: Vec<Value> = (0..components).map(component).collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}).to_string()
}

/// The outcome in a few words: `passed`, `violated: …`, `skipped: …`, `ignored`, or code and line of an error.
pub(crate) fn told(run: &ScriptRun) -> String {
    match &run.outcome {
        ScriptOutcome::Failed(error) => format!("{} {}", error.code, error.line.unwrap_or_default()),
        ScriptOutcome::Answered(result) if result.ignore => "ignored".to_owned(),
        ScriptOutcome::Answered(result) if result.skipped => {
            format!("skipped: {}", result.skip_reason.as_deref().unwrap_or_default())
        }
        ScriptOutcome::Answered(result) if result.violations.is_empty() => "passed".to_owned(),
        ScriptOutcome::Answered(result) => {
            let messages: Vec<&str> = result.violations.iter().map(|finding| finding.message.as_str()).collect();
            format!("violated: {}", messages.join(", "))
        }
    }
}
