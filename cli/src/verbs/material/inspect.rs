use std::collections::BTreeMap;
use std::path::PathBuf;

use assay_base::{Digest, MaterialKind, json};
use assay_material::{Inspection, Strictness};
use assay_wire::Exit;
use serde::Serialize;
use serde_json::{Value, json};

use crate::context::Ctx;
use crate::error::CliError;
use crate::evidence;
use crate::ui::View;
use crate::verbs::att::{evidence_error, policy_input, warn_about};

/// The name that policies see for a material that belongs to no run.
const NAME: &str = "material";

/// Recognise and check a piece of evidence, without a server
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay material inspect sbom.cdx.json\n  assay material inspect report.json --kind SARIF\n  assay material inspect junit.xml --policy-input -o json"
)]
pub(crate) struct Args {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its kind, see `assay material kinds` [default: what it is recognised as]
    #[arg(long, value_name = "KIND", value_parser = evidence::kind)]
    kind: Option<MaterialKind>,
    /// Show what a policy sees as `input`
    #[arg(long)]
    policy_input: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    kind: MaterialKind,
    kind_reason: String,
    valid: bool,
    digest: Digest,
    size: u64,
    annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_input: Option<Value>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let path = ctx.cwd.join(&args.file);
    let evidence = evidence::read(&path, args.kind, Strictness::Strict).map_err(|error| evidence_error(ctx, error))?;
    warn_about(ctx.ui, &evidence.inspection.warnings);
    let shown = args.policy_input.then(|| seen(&evidence)).transpose()?;
    let answer = Answer {
        kind: evidence.inspection.kind,
        kind_reason: evidence.inspection.reason,
        valid: true,
        digest: evidence.digest,
        size: evidence.size,
        annotations: evidence.inspection.annotations,
        policy_input: shown,
    };
    ctx.ui.answer(&answer, view)?;
    Ok(Exit::Ok)
}

/// The in-toto descriptor of a material that belongs to no run, as policies see it.
pub(crate) fn descriptor(digest: Digest, inspection: &Inspection, more: &BTreeMap<String, String>) -> Value {
    let mut annotations = inspection.annotations.clone();
    annotations.extend(more.clone());
    annotations.insert("chainloop.material.name".to_owned(), NAME.to_owned());
    annotations.insert("chainloop.material.type".to_owned(), inspection.kind.to_string());
    json!({"name": NAME, "digest": {"sha256": digest.hex()}, "annotations": annotations})
}

/// What a policy sees as `input`, without arguments.
fn seen(evidence: &evidence::Evidence) -> Result<Value, CliError> {
    let text = policy_input(evidence);
    let value = json::parse(&text).map_err(|error| {
        let told = CliError::from(error.diagnostic());
        told.hint("a policy cannot see into a material that is not JSON")
    })?;
    let mut object = match value {
        Value::Object(object) => object,
        array => serde_json::Map::from_iter([("elements".to_owned(), array)]),
    };
    let none = BTreeMap::new();
    object.insert("chainloop_metadata".to_owned(), descriptor(evidence.digest, &evidence.inspection, &none));
    Ok(Value::Object(object))
}

fn view(answer: &Answer) -> View {
    let mut view = View::new()
        .field("Kind", format!("{} ({})", answer.kind, answer.kind_reason))
        .field("Digest", answer.digest)
        .field("Size", answer.size);
    for (key, value) in &answer.annotations {
        view = view.field(key, value);
    }
    match &answer.policy_input {
        Some(input) => view.heading("Policy input").text(&format!("{input:#}")),
        None => view,
    }
}
