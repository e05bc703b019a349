use std::collections::{BTreeMap, BTreeSet};

use assay_app::judge::record;
use assay_attest::{Builder, Draft, Material, Metadata, Predicate, Statement, Subject};
use assay_base::{Digest, MaterialKind, MaterialName, Timestamp};
use assay_contract::Contract;
use assay_model::Evaluation;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::git::Head;
use crate::state::{Recorded, State};

/// What a predicate says of the build that it attests.
const BUILD_TYPE: &str = "chainloop.dev/workflowrun/v0.1";
/// The runner outside of a known CI.
pub(super) const NO_RUNNER: &str = "RUNNER_TYPE_UNSPECIFIED";
/// Annotations that are booleans in a statement.
const BOOLEANS: [&str; 1] = ["chainloop.material.image.is_latest_tag"];

/// What only the end of a run knows.
#[derive(Debug, Default)]
pub(super) struct Ending<'a> {
    /// When the attestation is made; absent while the run is being opened.
    pub(super) finished_at: Option<Timestamp>,
    /// The annotations of the attestation.
    pub(super) annotations: BTreeMap<String, String>,
    /// The digest of the executable that makes it.
    pub(super) executable: Option<Digest>,
    /// What the policies said.
    pub(super) evaluations: &'a [Evaluation],
}

/// The statement of a run (in-toto Statement v1 with the predicate `chainloop.dev/attestation/v0.2`).
pub(super) fn draft(state: &State, contract: &Contract, ending: &Ending<'_>) -> Draft<Statement> {
    let mut predicate = Predicate {
        metadata: metadata(state, ending.finished_at),
        builder: Builder { id: builder(ending.executable), ..Builder::default() },
        build_type: BUILD_TYPE.to_owned(),
        env: state.env.clone(),
        runner_type: state.runner.kind.clone().unwrap_or_else(|| NO_RUNNER.to_owned()),
        runner_url: state.runner.url.clone().unwrap_or_default(),
        annotations: ending.annotations.clone(),
        materials: state.materials.iter().map(|(name, recorded)| material(name, recorded)).collect(),
        ..Predicate::default()
    };
    record(&mut predicate, ending.evaluations);
    Draft::new(subjects(state, contract), predicate)
}

/// The in-toto descriptor of a material: what the statement carries and what policies see as `chainloop_metadata`.
pub(super) fn material(name: &MaterialName, recorded: &Recorded) -> Material {
    let mut annotations: Map<String, Value> =
        recorded.annotations.iter().map(|(k, v)| (k.clone(), typed(k, v))).collect();
    annotations.insert(Material::NAME.to_owned(), json!(name));
    annotations.insert(Material::KIND.to_owned(), json!(recorded.kind));
    if let Some(size) = recorded.size {
        annotations.insert("chainloop.material.size".to_owned(), json!(size.to_string()));
    }
    if recorded.uploaded {
        annotations.insert("chainloop.material.cas".to_owned(), json!(true));
    }
    let content = recorded.content.as_deref().and_then(|content| STANDARD.decode(content).ok()).unwrap_or_default();
    if !content.is_empty() && recorded.kind != MaterialKind::String {
        annotations.insert("chainloop.material.cas.inline".to_owned(), json!(true));
    }
    let digest = BTreeMap::from([("sha256".to_owned(), recorded.digest.hex())]);
    Material { name: recorded.title.clone(), digest, content, annotations, other: Map::new() }
}

fn typed(key: &str, value: &str) -> Value {
    match value.parse::<bool>() {
        Ok(flag) if BOOLEANS.contains(&key) => Value::Bool(flag),
        _ => Value::String(value.to_owned()),
    }
}

fn metadata(state: &State, finished_at: Option<Timestamp>) -> Metadata {
    let run = &state.run;
    Metadata {
        name: run.workflow.to_string(),
        project: run.project.to_string(),
        project_version: run.version.clone().unwrap_or_default(),
        initialized_at: Some(state.initialized_at),
        finished_at,
        workflow_run_id: run.run_id.to_string(),
        workflow_name: run.workflow.to_string(),
        organization: run.organization.to_string(),
        contract_name: run.contract.name.to_string(),
        contract_version: run.contract.revision.to_string(),
        ..Metadata::default()
    }
}

fn builder(executable: Option<Digest>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    executable.map_or_else(String::new, |digest| format!("chainloop.dev/cli/{version}@{digest}"))
}

/// The workflow with the digest of what was gathered, the commit, and every output of the contract.
fn subjects(state: &State, contract: &Contract) -> Vec<Subject> {
    // The map of a JSON value is sorted: the same state has the same bytes.
    let canonical = json!({
        "run": state.run.run_id, "contract": state.run.contract, "initialized_at": state.initialized_at,
        "runner": state.runner, "env": state.env, "head": state.head, "materials": state.materials,
    });
    let name = format!("chainloop.workflow.{}", state.run.workflow);
    let mut subjects = vec![Subject::new(name, Digest::of(canonical.to_string().as_bytes()))];
    subjects.extend(state.head.as_ref().map(commit));
    let mut taken: BTreeSet<String> = subjects.iter().map(|subject| subject.name.clone()).collect();
    for spec in contract.materials.iter().filter(|spec| spec.output) {
        let Some(recorded) = state.materials.get(&spec.name) else { continue };
        let title = if taken.contains(&recorded.title) { spec.name.to_string() } else { recorded.title.clone() };
        taken.insert(title.clone());
        let Material { annotations, .. } = material(&spec.name, recorded);
        subjects.push(Subject { annotations, ..Subject::new(title, recorded.digest) });
    }
    subjects
}

fn commit(head: &Head) -> Subject {
    let algorithm = if head.hash.len() == 64 { "sha256" } else { "sha1" };
    let mut annotations = Map::new();
    annotations.insert("author.email".to_owned(), json!(head.author_email));
    annotations.insert("author.name".to_owned(), json!(head.author_name));
    annotations.insert("message".to_owned(), json!(head.message));
    if let Some(date) = head.date {
        annotations.insert("date".to_owned(), json!(date));
    }
    if let Some(signature) = &head.signature {
        annotations.insert("signature".to_owned(), json!(signature));
    }
    if !head.remotes.is_empty() {
        annotations.insert("remotes".to_owned(), json!(head.remotes));
    }
    let digest = BTreeMap::from([(algorithm.to_owned(), head.hash.clone())]);
    Subject { name: "git.head".to_owned(), digest, annotations, ..Subject::default() }
}
