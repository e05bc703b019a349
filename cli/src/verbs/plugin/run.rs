mod call;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_base::{MaterialKind, Timestamp};
use assay_egress::{Broker, Policy};
use assay_integration::{Bound, Manifest};
use assay_material::Strictness;
use assay_plugin_kit::{
    Fault, Faulty, KitError, Matching, Player, Recorder, Trial, Workbench, delivery_context, evidence, inspect,
    registration_context, sample_envelope, sample_materials,
};
use assay_ports::{CallFailure, Egress, Evidence, Function, MemoryState};
use assay_wire::Exit;
use serde_json::{Value, json};

use self::call::{Call, Calls};
use super::given::{GivenArgs, invalid};
use super::local::{component, kit, local, wait};
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};
use crate::system::SystemClock;
use crate::verbs::att::now;

/// Run a component here: register, attach and deliver, in the sandbox of a server
///
/// Requests leave for where the options say, under the same rules as on a server, unless they are replayed. The exit code is 0
/// when every call succeeded, 2 for invalid input, 5 when the destination refuses the credential, otherwise 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay plugin run jira.wasm --opt url=http://127.0.0.1:8080/ --egress-allow 127.0.0.0/8\n  assay plugin run jira.wasm --opt url=https://example.org/ --material sbom.json:SBOM_CYCLONEDX_JSON --record session.jsonl\n  assay plugin run jira.wasm --opt url=https://example.org/ --replay session.jsonl\n  assay plugin run jira.wasm --opt url=https://example.org/ --fault 503"
)]
pub(crate) struct Args {
    /// The component
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    given: GivenArgs,
    /// Where to stop: register, attach or execute
    #[arg(long, value_name = "FUNCTION", default_value = "execute")]
    until: Until,
    /// The attestation to deliver: a bundle [default: a sample]
    #[arg(long, value_name = "FILE")]
    attestation: Option<PathBuf>,
    /// A material to deliver; its kind is recognised when it is not said; repeatable [default: samples]
    #[arg(long, value_name = "FILE[:KIND]")]
    material: Vec<String>,
    /// A destination in a private or loopback range that requests may go to; repeatable
    #[arg(long, value_name = "CIDR|HOST[:PORT]")]
    egress_allow: Vec<String>,
    /// Write every exchange into a file, without the secrets
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Answer every request from a file instead of from the network
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Replay by method and path alone, whatever the body
    #[arg(long, requires = "replay")]
    loose: bool,
    /// What goes wrong on the way: dns, reset, timeout, denied, slow, or a status such as 503
    #[arg(long, value_name = "FAULT")]
    fault: Option<Fault>,
    /// The instant that the component sees, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
}

/// The last function that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Until {
    /// `register`.
    Register,
    /// `register` and `attach`.
    Attach,
    /// All three.
    Execute,
}

/// What is called, and with what.
struct Plan {
    component: Vec<u8>,
    manifest: Manifest,
    bound: Bound,
    secrets: Vec<String>,
    attachment: Value,
    envelope: Evidence,
    materials: Vec<Evidence>,
    until: Until,
    now: Timestamp,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let plan = plan(ctx, args)?;
    let egress = egress(ctx, args, &plan.secrets)?;
    let local = local()?;
    let calls = wait(async {
        let bench = Workbench::new(egress, &local)?;
        perform(&bench, &plan).await
    })?;
    ctx.ui.answer(&calls, Calls::view)?;
    Ok(calls.exit())
}

fn plan(ctx: &Ctx, args: &Args) -> Result<Plan, CliError> {
    let component = component(ctx, &args.file)?;
    let document = inspect(&component).map_err(kit)?.manifest.ok_or_else(|| {
        CliError::new(Exit::Invalid, "component-manifest", "the component has no manifest")
            .hint("assay plugin pack FILE")
    })?;
    let manifest = Manifest::parse(&document.to_string()).map_err(|error| kit(KitError::Manifest(error)))?;
    let (registration, attachment) = args.given.read(ctx, &document)?;
    let input = manifest.registration(&registration).map_err(|issues| invalid(&issues))?;
    let bound = manifest.bind(&input).map_err(|issues| invalid(&issues))?;
    let attachment = manifest.attachment(&attachment).map_err(|issues| invalid(&issues))?;
    let (_, secrets) = manifest.split(&input);
    let mut secrets: Vec<String> = secrets.values().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    secrets.extend(bound.endpoints.values().filter(|e| e.hidden).map(|e| e.url.expose().clone()));
    let envelope = match &args.attestation {
        None => sample_envelope(),
        Some(path) => {
            let bytes = files::given_bytes(&ctx.cwd.join(path), Limit::BUNDLE)?;
            evidence("attestation", "ATTESTATION", "application/vnd.dev.sigstore.bundle.v0.3+json", bytes)
        }
    };
    let materials = match &args.material[..] {
        [] => sample_materials(manifest.materials()),
        given => given.iter().map(|text| material(ctx, text)).collect::<Result<_, _>>()?,
    };
    let now = args.at.unwrap_or_else(now);
    Ok(Plan { component, manifest, bound, secrets, attachment, envelope, materials, until: args.until, now })
}

/// `FILE:KIND`, or a file whose kind is recognised.
fn material(ctx: &Ctx, text: &str) -> Result<Evidence, CliError> {
    let said = text.rsplit_once(':').and_then(|(path, kind)| Some((path, kind.parse::<MaterialKind>().ok()?)));
    let (path, kind) = if let Some((path, kind)) = said {
        (Path::new(path), kind)
    } else {
        let found = crate::evidence::read(&ctx.cwd.join(text), None, Strictness::Strict);
        let found = found.map_err(|error| crate::verbs::att::evidence_error(ctx, error))?;
        (Path::new(text), found.inspection.kind)
    };
    let bytes = files::given_bytes(&ctx.cwd.join(path), Limit::COMPONENT)?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(evidence(&name, kind.as_str(), "application/octet-stream", bytes))
}

/// The way out: the broker of a server, or a session; with a fault before it, and a recorder before that.
fn egress(ctx: &Ctx, args: &Args, secrets: &[String]) -> Result<Arc<dyn Egress>, CliError> {
    let mut egress: Arc<dyn Egress> = if let Some(path) = &args.replay {
        let full = ctx.cwd.join(path);
        let file = File::open(&full).map_err(|error| CliError::file("read", &full, error))?;
        let matching = if args.loose { Matching::Loose } else { Matching::Strict };
        Arc::new(Player::read(BufReader::new(file), matching, secrets.to_vec()).map_err(kit)?)
    } else {
        let policy = Policy::parse(&args.egress_allow).map_err(|error| {
            CliError::new(Exit::Invalid, "egress-allow", "a destination cannot be permitted").because(error)
        })?;
        Arc::new(Broker::new(policy, Arc::new(SystemClock)))
    };
    if let Some(fault) = args.fault {
        egress = Arc::new(Faulty::new(egress, fault));
    }
    if let Some(path) = &args.record {
        let full = ctx.cwd.join(path);
        let file = File::create(&full).map_err(|error| CliError::file("write", &full, error))?;
        egress = Arc::new(Recorder::new(egress, secrets.to_vec(), Box::new(file)));
    }
    Ok(egress)
}

/// The calls, one after the other, until one fails.
async fn perform(bench: &Workbench, plan: &Plan) -> Result<Calls, KitError> {
    let digest = bench.install(&plan.component).await?.digest;
    let id = plan.manifest.id().as_str();
    let state = Arc::new(MemoryState::default());
    let call = async |name: &'static str, function: Function, context: Value| {
        let trial = Trial { component: digest, function, context, bound: plan.bound.clone() };
        let report = bench.call(trial, state.clone()).await?;
        Ok::<_, KitError>((report.outcome.clone(), Call::of(name, report)))
    };
    let mut calls = Calls::default();
    let (outcome, made) = call("register", Function::Register, registration_context(id, plan.now)).await?;
    let Some(answer) = calls.add(made, outcome) else { return Ok(calls) };
    if plan.until == Until::Register {
        return Ok(calls);
    }
    let registration = json!({"configuration": plan.bound.input, "state": answer});
    let attach = Function::Attach { registration: registration.clone(), input: plan.attachment.clone() };
    let (outcome, made) = call("attach", attach, registration_context(id, plan.now)).await?;
    let Some(answer) = calls.add(made, outcome) else { return Ok(calls) };
    if plan.until == Until::Attach {
        return Ok(calls);
    }
    let execute = Function::Execute {
        registration,
        attachment: json!({"configuration": plan.attachment, "state": answer}),
        envelope: plan.envelope.clone(),
        materials: plan.materials.clone(),
    };
    let (outcome, made) = call("execute", execute, delivery_context(id, plan.now, 1)).await?;
    calls.add(made, outcome);
    Ok(calls)
}

/// What a failed call is as an exit code.
const fn exit_of(failure: &CallFailure) -> Exit {
    match failure {
        CallFailure::InvalidInput(_) => Exit::Invalid,
        CallFailure::Unauthorized { .. } => Exit::Unverified,
        _ => Exit::Unexpected,
    }
}
