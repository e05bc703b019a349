use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_app::judge::{Judged, Subject, Trial, trial};
use assay_base::{MaterialKind, MaterialName, Timestamp};
use assay_contract::Policy;
use assay_material::Strictness;
use assay_policy::RegoEvaluator;
use assay_wire::{Evaluation, Exit};
use serde::Serialize;
use serde_json::{Value, json};

use crate::context::Ctx;
use crate::error::CliError;
use crate::evidence::{self, Evidence};
use crate::files::{self, Limit};
use crate::ui::View;
use crate::verbs::att::{evaluations, evidence_error, key_value, now, policy_input, to_wire, warn_about};
use crate::verbs::material::descriptor;
use crate::verbs::policy::scripts::fetch;

/// Judge a material by policies, without a server
///
/// The branches that name the kind of the material are run, all policies on one parse of it. The exit code tells what came
/// out: 0 passed or skipped, 4 violated, 6 when a policy could not be judged, 2 when none of them looked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay policy eval --policy licenses.yaml --material sbom.cdx.json\n  assay policy eval --policy a.yaml --policy b.yaml --material scan.sarif --input level=high\n  assay policy eval -p freshness.yaml --material sbom.cdx.json --at 2026-01-02T03:04:05Z"
)]
pub(crate) struct Args {
    /// A file with a policy; may be given several times
    #[arg(long, short = 'p', required = true, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// The file to judge
    #[arg(long, value_name = "FILE")]
    material: PathBuf,
    /// Its kind, see `assay material kinds` [default: what it is recognised as]
    #[arg(long, value_name = "KIND", value_parser = evidence::kind)]
    kind: Option<MaterialKind>,
    /// An input of the policies; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    input: Vec<String>,
    /// An annotation of the material; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// The project that policies see
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// The version of the project that policies see
    #[arg(long, value_name = "TEXT")]
    project_version: Option<String>,
    /// The instant that policies see as the present, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Answer {
    kind: MaterialKind,
    kind_reason: String,
    evaluations: Vec<Evaluation>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let policies = args.policy.iter().map(|path| read_policy(ctx, path)).collect::<Result<Vec<_>, _>>()?;
    let inputs = pairs("--input", &args.input)?;
    let path = ctx.cwd.join(&args.material);
    let evidence = evidence::read(&path, args.kind, Strictness::Strict).map_err(|error| evidence_error(ctx, error))?;
    warn_about(ctx.ui, &evidence.inspection.warnings);
    let subject = subject(args, &evidence)?;
    let instant = args.at.unwrap_or_else(now);
    let asked = Trial { policies: &policies, subject: &subject, inputs: &inputs, instant };
    let judged = trial(&RegoEvaluator::default(), &asked);
    warn_about(ctx.ui, &judged.warnings);
    somebody_looked(ctx, &policies, subject.kind, &judged)?;
    let answer = Answer {
        kind: subject.kind,
        kind_reason: evidence.inspection.reason,
        evaluations: judged.evaluations.iter().map(to_wire).collect(),
    };
    ctx.ui.answer(&answer, |answer| {
        View::new()
            .field("Kind", format!("{} ({})", answer.kind, answer.kind_reason))
            .and(evaluations(&answer.evaluations))
    })?;
    Ok(exit(&answer.evaluations))
}

fn exit(evaluations: &[Evaluation]) -> Exit {
    let any = |status| evaluations.iter().any(|evaluation| evaluation.status == status);
    if any("violated") {
        Exit::Denied
    } else if any("error") {
        Exit::Inconclusive
    } else {
        Exit::Ok
    }
}

/// A policy file, with the scripts that it keeps beside it.
fn read_policy(ctx: &Ctx, path: &Path) -> Result<Policy, CliError> {
    let full = ctx.cwd.join(path);
    let text = files::given_text(&full, Limit::DOCUMENT)?;
    let label = path.display().to_string();
    let mut policy = Policy::parse(&text).map_err(|errors| CliError::in_document(&label, &text, errors))?;
    let folder = full.parent().unwrap_or(Path::new("."));
    fetch(&mut policy, folder)?;
    Ok(policy)
}

fn pairs(option: &str, texts: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    texts.iter().map(|text| key_value(option, text)).collect()
}

/// The material as policies see it.
fn subject(args: &Args, evidence: &Evidence) -> Result<Subject, CliError> {
    let annotations = pairs("--annotation", &args.annotation)?;
    let mut descriptor = descriptor(evidence.digest, &evidence.inspection, &annotations);
    let extra = [("project_name", &args.project), ("project_version_name", &args.project_version)];
    for (key, value) in extra {
        if let (Value::Object(object), Some(value)) = (&mut descriptor, value) {
            object.insert(key.to_owned(), json!(value));
        }
    }
    let name: MaterialName = "material".parse().map_err(|error| CliError::usage("no name").because(error))?;
    Ok(Subject { name, kind: evidence.inspection.kind, descriptor, input: policy_input(evidence) })
}

/// No answer is no pass: when every policy looked away, nothing was judged.
fn somebody_looked(ctx: &Ctx, policies: &[Policy], kind: MaterialKind, judged: &Judged) -> Result<(), CliError> {
    let ignored = |e: &assay_model::Evaluation| e.skip_reasons == ["ignored"];
    if !judged.evaluations.is_empty() && judged.evaluations.iter().all(ignored) {
        let message = "every policy ignored the material: nothing was judged";
        return Err(CliError::new(Exit::Invalid, "policy-ignored", message));
    }
    let unasked: Vec<_> = policies.iter().filter(|p| !judged.evaluations.iter().any(|e| e.policy == p.name)).collect();
    if judged.evaluations.is_empty() {
        let kinds: Vec<_> = unasked.iter().flat_map(|policy| named(policy)).collect();
        let wanted = if kinds.is_empty() { "no kind".to_owned() } else { kinds.join(", ") };
        let message = format!("no policy judges materials of kind {kind}: they name {wanted}");
        return Err(CliError::new(Exit::Invalid, "policy-not-selected", message).hint("say what it is with `--kind`"));
    }
    for policy in unasked {
        ctx.ui.warn(&format!("policy `{}` has nothing to say about materials of kind {kind}", policy.name));
    }
    Ok(())
}

fn named(policy: &Policy) -> Vec<&'static str> {
    policy.branches.iter().filter_map(|branch| branch.kind).map(MaterialKind::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_weighs_more_than_an_error_and_an_error_more_than_nothing() {
        let evaluation = |status: &str| Evaluation {
            policy: "p".parse().unwrap(),
            policy_digest: None,
            kind: MaterialKind::Sarif,
            material: None,
            phase: None,
            enforcement: "enforce".to_owned(),
            status: status.to_owned(),
            violations: vec![],
            skip_reasons: vec![],
            error: None,
            duration_us: 0,
        };
        let cases = [
            (vec!["passed", "skipped"], Exit::Ok),
            (vec!["passed", "error"], Exit::Inconclusive),
            (vec!["error", "violated"], Exit::Denied),
        ];
        for (statuses, expected) in cases {
            let all: Vec<_> = statuses.iter().map(|status| evaluation(status)).collect();
            assert_eq!(exit(&all), expected, "{statuses:?}");
        }
    }
}
