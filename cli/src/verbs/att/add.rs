mod take;

use std::collections::BTreeMap;
use std::ffi::OsString;

use assay_app::judge::RuntimeInput;
use assay_base::{Digest, MaterialKind, MaterialName, limits};
use assay_contract::{Annotation, Contract, MaterialSpec};
use assay_material::Strictness;
use assay_wire::{Evaluation, Exit};
use serde::Serialize;

use super::convert::to_wire;
use super::pairs::{annotations, inputs, warn_about};
use super::session::{Session, StateArgs, now};
use super::show;
use crate::client::BlobSource;
use crate::context::Ctx;
use crate::error::CliError;
use crate::state::Recorded;
use crate::ui::{Ui, View, or_dash};

use take::Taken;
pub(crate) use take::evidence_error;

/// Add a piece of evidence to the run
///
/// The value is a file, a directory in the OCI layout, an image reference, or a text. What is in it is recognised, checked,
/// uploaded, and judged by the policies of the contract; whatever they say, it is recorded. A name that was added before
/// is replaced.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay att add --value sbom.cdx.json\n  assay att add --name scan --value semgrep.sarif --annotation tool=semgrep\n  assay att add --value ghcr.io/example/payments-api:1.4.2\n  assay att add --name note --kind STRING --value 'approved by the release team'"
)]
pub(crate) struct Args {
    /// File, OCI layout directory, image reference or text
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    value: OsString,
    /// The material's name [default: the contract's entry of that kind that is not set yet, else material-N]
    #[arg(long, value_name = "NAME")]
    name: Option<MaterialName>,
    /// Its kind, see `assay material kinds` [default: that of the contract's entry, else what it is recognised as]
    #[arg(long, value_name = "KIND", value_parser = crate::evidence::kind)]
    kind: Option<MaterialKind>,
    /// An annotation of the material; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// An input of a policy, for the judgement made here; may be given several times
    #[arg(long, visible_alias = "policy-input", value_name = "[POLICY:]KEY=VALUE")]
    input: Vec<String>,
    /// Take a document that its schema refuses, with warnings
    #[arg(long)]
    no_strict_validation: bool,
    #[command(flatten)]
    state: StateArgs,
}

/// From this size on, in bytes, the server is asked whether it has a blob before it is sent.
const ASK_FIRST: u64 = 8 << 20;

/// What was recorded.
#[derive(Debug, Serialize)]
struct Answer {
    name: MaterialName,
    kind: MaterialKind,
    kind_reason: String,
    digest: Digest,
    size: Option<u64>,
    uploaded: bool,
    annotations: BTreeMap<String, String>,
    evaluations: Vec<Evaluation>,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let mut session = Session::open(ctx, &args.state)?;
    let inputs = inputs(&args.input)?;
    warn_of_strangers(ctx.ui, &session, &inputs);
    let (kind, reason) = wanted_kind(&session.bench.contract, args)?;
    let strictness = if args.no_strict_validation { Strictness::Lenient } else { Strictness::Strict };
    let taken = take::take(ctx, &args.value, kind, strictness)?;
    warn_about(ctx.ui, &taken.warnings);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => choose_name(ctx.ui, &session, taken.kind)?,
    };
    room_for(&session.state.materials, &name)?;
    let reason = reason.unwrap_or_else(|| taken.reason.clone());
    let recorded = record(ctx, &session, args, &name, taken, &inputs)?;
    let answer = Answer {
        name: name.clone(),
        kind: recorded.kind,
        kind_reason: reason,
        digest: recorded.digest,
        size: recorded.size,
        uploaded: recorded.uploaded,
        annotations: recorded.annotations.clone(),
        evaluations: recorded.evaluations.clone(),
    };
    session.state.materials.insert(name, recorded);
    session.file.save(&session.state)?;
    ctx.ui.answer(&answer, Answer::view)?;
    Ok(Exit::Ok)
}

/// The kind that the contract or the user says, and why.
fn wanted_kind(contract: &Contract, args: &Args) -> Result<(Option<MaterialKind>, Option<String>), CliError> {
    let spec = args.name.as_ref().and_then(|name| spec(contract, name));
    match (spec, args.kind) {
        (Some(spec), Some(kind)) if spec.kind != kind => {
            let message = format!("material `{}` is {} by contract, not {kind}", spec.name, spec.kind);
            Err(CliError::new(Exit::Invalid, "material-kind", message))
        }
        (Some(spec), _) => Ok((Some(spec.kind), Some(format!("the contract says so of `{}`", spec.name)))),
        (None, Some(kind)) => Ok((Some(kind), Some("the kind was given".to_owned()))),
        (None, None) => Ok((None, None)),
    }
}

fn spec<'c>(contract: &'c Contract, name: &MaterialName) -> Option<&'c MaterialSpec> {
    contract.materials.iter().find(|spec| spec.name == *name)
}

/// The one entry of the contract of that kind that is not set yet, else the next free `material-<n>`.
fn choose_name(ui: Ui, session: &Session, kind: MaterialKind) -> Result<MaterialName, CliError> {
    let state = &session.state;
    let open = |spec: &&MaterialSpec| spec.kind == kind && !state.materials.contains_key(&spec.name);
    let open: Vec<_> = session.bench.contract.materials.iter().filter(open).collect();
    if let [only] = open.as_slice() {
        return Ok(only.name.clone());
    }
    let name = (1..=limits::MATERIALS + 1)
        .map(|n| format!("material-{n}").parse())
        .find(|name: &Result<MaterialName, _>| name.as_ref().is_ok_and(|name| !state.materials.contains_key(name)));
    let full = || too_many(limits::MATERIALS);
    let name = name.and_then(Result::ok).ok_or_else(full)?;
    if !open.is_empty() {
        let names: Vec<_> = open.iter().map(|spec| format!("`{}`", spec.name)).collect();
        ui.warn(&format!(
            "the contract has several entries of kind {kind} ({}): this became `{name}`",
            names.join(", ")
        ));
        ui.hint("say which one with `--name`");
    }
    Ok(name)
}

fn room_for<T>(materials: &BTreeMap<MaterialName, T>, name: &MaterialName) -> Result<(), CliError> {
    let full = materials.len() >= limits::MATERIALS && !materials.contains_key(name);
    if full { Err(too_many(materials.len())) } else { Ok(()) }
}

fn too_many(count: usize) -> CliError {
    let message = format!("the run has {count} materials, the limit `materials` is {}", limits::MATERIALS);
    CliError::new(Exit::Invalid, "materials", message)
}

/// Stores and judges what was taken.
fn record(
    ctx: &Ctx,
    session: &Session,
    args: &Args,
    name: &MaterialName,
    mut taken: Taken,
    inputs: &[RuntimeInput],
) -> Result<Recorded, CliError> {
    let spec = spec(&session.bench.contract, name);
    let expected = spec.map_or(&[][..], |spec| &spec.annotations);
    let given = annotations(expected, &args.annotation)?;
    needed(name, expected, &given)?;
    taken.annotations.extend(given);
    if args.no_strict_validation && spec.is_some_and(|spec| !is_lenient(spec)) {
        ctx.ui.warn(&format!("the contract does not allow leniency for `{name}`: the server will check it strictly"));
    }
    let uploaded = upload(ctx, session, &mut taken, spec.is_some_and(|spec| spec.skip_upload))?;
    let mut recorded = Recorded {
        kind: taken.kind,
        title: taken.title.unwrap_or_else(|| name.to_string()),
        digest: taken.digest,
        size: taken.size,
        content: taken.content,
        uploaded,
        annotations: taken.annotations,
        inputs: args.input.clone(),
        evaluations: Vec::new(),
        added_at: now(),
    };
    let judged = session.bench.material(&session.state, name, &recorded, taken.input, inputs, now())?;
    warn_about(ctx.ui, &judged.warnings);
    recorded.evaluations = judged.evaluations.iter().map(to_wire).collect();
    Ok(recorded)
}

/// Checks that every annotation to which the contract gives no value has one.
fn needed(name: &MaterialName, expected: &[Annotation], given: &BTreeMap<String, String>) -> Result<(), CliError> {
    let absent = expected.iter().filter(|annotation| !given.contains_key(annotation.name.as_str()));
    let absent: Vec<_> = absent.map(|annotation| annotation.name.as_str()).collect();
    let Some(first) = absent.first() else { return Ok(()) };
    let needs = if absent.len() == 1 { "annotation `" } else { "annotations `" };
    let message = format!("material `{name}` needs the {needs}{}` by contract", absent.join("`, `"));
    let told = CliError::new(Exit::Incomplete, "contract-incomplete", message);
    Err(told.hint(format!("give it with `--annotation {first}=VALUE`")))
}

/// Tells which inputs name a policy that nobody will ask.
fn warn_of_strangers(ui: Ui, session: &Session, inputs: &[RuntimeInput]) {
    let attached = session.bench.policies();
    for policy in inputs.iter().filter_map(|input| input.policy.as_ref()).filter(|name| !attached.contains(name)) {
        ui.warn(&format!("an input is for the policy `{policy}`, which the contract does not attach"));
    }
}

/// Whether an entry of the contract takes documents that their schema refuses.
fn is_lenient(spec: &MaterialSpec) -> bool {
    spec.annotations.iter().any(|a| a.name.as_str() == "assay_lenient" && a.value.as_deref() == Some("true"))
}

/// Uploads the bytes, if there are any to upload. In a dry run they stay here: small ones in the statement.
fn upload(ctx: &Ctx, session: &Session, taken: &mut Taken, skip: bool) -> Result<bool, CliError> {
    let Some(source) = taken.source.take().filter(|_| !skip) else { return Ok(false) };
    if session.state.dry_run {
        if let BlobSource::Bytes(bytes) = &source {
            taken.content = take::inline(bytes);
        }
        return Ok(false);
    }
    let client = session.client(ctx)?;
    let large = taken.size.is_some_and(|size| size > ASK_FIRST);
    if !(large && client.has_blob(taken.digest)?) {
        client.put_blob(taken.digest, &source)?;
    }
    Ok(true)
}

impl Answer {
    fn view(&self) -> View {
        let mut view = View::new()
            .field("Material", &self.name)
            .field("Kind", format!("{} ({})", self.kind, self.kind_reason))
            .field("Digest", self.digest)
            .field("Size", or_dash(self.size))
            .field("Uploaded", if self.uploaded { "yes" } else { "no" });
        for (key, value) in &self.annotations {
            view = view.field(key, value);
        }
        view.and(show::evaluations(&self.evaluations))
    }
}

#[cfg(test)]
mod tests {
    use assay_contract::Origin;

    use super::*;

    #[test]
    fn a_run_has_room_for_so_many_materials() {
        let names = (0..limits::MATERIALS).map(|n| (format!("m-{n}").parse().unwrap(), n));
        let mut materials: BTreeMap<MaterialName, usize> = names.collect();
        let refused = room_for(&materials, &"one-more".parse().unwrap()).unwrap_err();
        assert_eq!((refused.exit(), refused.code()), (Exit::Invalid, "materials"));
        assert!(refused.message().contains("limit `materials`"), "{}", refused.message());
        assert!(room_for(&materials, &"m-0".parse().unwrap()).is_ok(), "it is replaced");
        materials.pop_last();
        assert!(room_for(&materials, &"one-more".parse().unwrap()).is_ok());
    }

    #[test]
    fn annotations_without_a_value_are_the_users_to_give() {
        let annotation = |name: &str, value: Option<&str>| Annotation {
            name: name.parse().unwrap(),
            value: value.map(str::to_owned),
            origin: Origin::default(),
        };
        let expected = [annotation("tool", None), annotation("team", Some("")), annotation("zone", Some("eu"))];
        let name = "scan".parse().unwrap();
        let tried = |given: &[&str]| {
            let texts: Vec<_> = given.iter().map(|text| (*text).to_owned()).collect();
            needed(&name, &expected, &annotations(&expected, &texts)?)
        };
        assert!(tried(&["tool=semgrep", "team=a"]).is_ok());
        for (given, absent) in [(&[][..], "`tool`, `team`"), (&["tool=semgrep"], "annotation `team`")] {
            let refused = tried(given).unwrap_err();
            assert_eq!((refused.exit(), refused.code()), (Exit::Incomplete, "contract-incomplete"));
            assert!(refused.message().contains(absent), "{}", refused.message());
        }
    }
}
