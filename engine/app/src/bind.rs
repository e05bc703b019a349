//! Binding a statement to its run: it must be the statement of this run and no other, satisfy the contract, and speak of
//! evidence and subjects that the contract knows. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use assay_attest::{RunIdentity, SignerInfo, Statement};
use assay_base::{Diagnostic, Digest, MaterialKind, MaterialName, OrgName, Place, limits};
use assay_contract::{Contract, MaterialSpec};
use assay_model::{Run, Subject};
use serde_json::Value;

use crate::AppError;

/// The runner type outside of a known CI (Chainloop's `RunnerType`).
const NO_RUNNER: &str = "RUNNER_TYPE_UNSPECIFIED";

/// Something that the contract asks for and the run does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A required material.
    Material {
        /// Its name.
        name: MaterialName,
        /// Its kind.
        kind: MaterialKind,
    },
    /// One material of a group.
    Group {
        /// The group.
        group: String,
        /// The materials of which one is needed.
        members: Vec<MaterialName>,
    },
    /// The value of an annotation.
    Annotation {
        /// Its name.
        name: String,
    },
    /// The value of an annotation of a material.
    MaterialAnnotation {
        /// The material.
        material: MaterialName,
        /// The annotation's name.
        name: String,
    },
    /// The runner that the contract names.
    Runner {
        /// The runner that it names.
        wanted: &'static str,
        /// The runner that there is.
        found: String,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Material { name, kind } => write!(f, "material `{name}` ({kind}) is missing"),
            Self::Group { group, members } => {
                let names: Vec<_> = members.iter().map(MaterialName::as_str).collect();
                write!(f, "group `{group}` needs one of `{}`", names.join("`, `"))
            }
            Self::Annotation { name } => write!(f, "annotation `{name}` needs a value"),
            Self::MaterialAnnotation { material, name } => {
                write!(f, "annotation `{name}` of material `{material}` needs a value")
            }
            Self::Runner { wanted, found } => {
                write!(f, "the contract asks for the runner `{wanted}`, this is `{found}`")
            }
        }
    }
}

/// What the contract asks for and is not there. `annotations` are those of the attestation, `runner` is its runner type.
pub fn missing(
    contract: &Contract,
    materials: &BTreeSet<MaterialName>,
    annotations: &BTreeMap<String, String>,
    runner: &str,
) -> Vec<Missing> {
    let mut missing = vec![];
    let mut groups: BTreeMap<&str, Vec<&MaterialSpec>> = BTreeMap::new();
    for spec in &contract.materials {
        match &spec.group {
            Some(group) => groups.entry(group.as_str()).or_default().push(spec),
            None if spec.optional || materials.contains(&spec.name) => {}
            None => missing.push(Missing::Material { name: spec.name.clone(), kind: spec.kind }),
        }
    }
    for (group, members) in groups {
        if !members.iter().any(|spec| materials.contains(&spec.name)) {
            let members = members.iter().map(|spec| spec.name.clone()).collect();
            missing.push(Missing::Group { group: group.to_owned(), members });
        }
    }
    for annotation in &contract.annotations {
        if annotations.get(annotation.name.as_str()).is_none_or(String::is_empty) {
            missing.push(Missing::Annotation { name: annotation.name.to_string() });
        }
    }
    if let Some(wanted) = contract.runner
        && wanted.as_str() != runner
    {
        missing.push(Missing::Runner { wanted: wanted.as_str(), found: runner.to_owned() });
    }
    missing
}

/// A material of a statement, read.
#[derive(Debug, Clone)]
pub(crate) struct BoundMaterial {
    pub(crate) name: MaterialName,
    pub(crate) kind: MaterialKind,
    pub(crate) digest: Digest,
    pub(crate) content: Option<Vec<u8>>,
    /// The content as the statement writes it.
    pub(crate) base64: Option<Value>,
    /// The descriptor's own name: the value of an image, the file name otherwise.
    pub(crate) value: String,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) output: bool,
    /// Whether the contract says that it is not uploaded.
    pub(crate) skip_upload: bool,
    /// Whether a document that its schema refuses is taken.
    pub(crate) lenient: bool,
    /// The annotations that the contract fixes.
    pub(crate) fixed: Vec<(String, String)>,
}

fn unbound(code: &'static str, pointer: &str, message: impl Into<String>) -> AppError {
    AppError::Unbound(Diagnostic::new(code, message).at(Place::pointer(pointer)))
}

/// Checks that the statement, and the certificate if there is one, name this run and what it is pinned to.
pub(crate) fn identity(run: &Run, org: &OrgName, statement: &Statement, signer: &SignerInfo) -> Result<(), AppError> {
    if let SignerInfo::Certificate { identity, .. } = signer {
        let named: RunIdentity = identity.parse()?;
        let same =
            named.run == run.id && named.org == *org && named.project == run.project && named.workflow == run.workflow;
        if !same {
            let message = format!("the certificate is for `{identity}`, not for this run");
            return Err(unbound("certificate-identity", "/verificationMaterial/certificate", message));
        }
    }
    let said = &statement.predicate.metadata;
    let revision = run.contract.revision.to_string();
    let rows = [
        ("workflowRunID", &said.workflow_run_id, run.id.to_string()),
        ("organization", &said.organization, org.to_string()),
        ("project", &said.project, run.project.to_string()),
        ("projectVersion", &said.project_version, run.version.clone().unwrap_or_default()),
        ("workflowName", &said.workflow_name, run.workflow.to_string()),
        ("contractName", &said.contract_name, run.contract.name.to_string()),
        ("contractVersion", &said.contract_version, revision),
    ];
    let runner = run.runner.kind.as_deref().unwrap_or(NO_RUNNER);
    let told = Some(statement.predicate.runner_type.as_str()).filter(|told| !told.is_empty()).unwrap_or(NO_RUNNER);
    if told != runner {
        let message = format!("the statement says that the runner is `{told}`, the run was opened by `{runner}`");
        return Err(unbound("statement-binding", "/predicate/runnerType", message));
    }
    for (key, said, wanted) in rows {
        if *said != wanted {
            let message = format!("the statement says `{key}` is `{said}`, the run's is `{wanted}`");
            return Err(unbound("statement-binding", &format!("/predicate/metadata/{key}"), message));
        }
    }
    Ok(())
}

/// Checks the annotations that the contract fixes.
pub(crate) fn annotations(contract: &Contract, statement: &Statement) -> Result<(), AppError> {
    for annotation in &contract.annotations {
        let said = statement.predicate.annotations.get(annotation.name.as_str());
        if let (Some(wanted), Some(said)) = (&annotation.value, said)
            && wanted != said
        {
            let pointer = format!("/predicate/annotations/{}", annotation.name);
            let message = format!("annotation `{}` is `{wanted}` by contract, not `{said}`", annotation.name);
            return Err(unbound("statement-annotation", &pointer, message));
        }
    }
    Ok(())
}

/// Checks the annotations of materials: those that the contract asks for have a value, those that it fixes have that one.
pub(crate) fn material_annotations(contract: &Contract, materials: &[BoundMaterial]) -> Result<(), AppError> {
    let mut missing = vec![];
    for material in materials {
        let spec = contract.materials.iter().find(|spec| spec.name == material.name);
        for annotation in spec.map_or(&[][..], |spec| &spec.annotations) {
            let name = annotation.name.as_str();
            let said = material.annotations.get(name).map(String::as_str).filter(|value| !value.is_empty());
            match (&annotation.value, said) {
                (None, None) => {
                    let material = material.name.clone();
                    missing.push(Missing::MaterialAnnotation { material, name: name.to_owned() });
                }
                (Some(wanted), Some(said)) if wanted != said => {
                    let message = format!(
                        "annotation `{name}` of material `{}` is `{wanted}` by contract, not `{said}`",
                        material.name
                    );
                    return Err(unbound("material-annotation", "/predicate/materials", message));
                }
                _ => {}
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(AppError::Incomplete(missing)) }
}

/// Reads the materials of a statement: names are unique, kinds known and those of the contract, digests there.
pub(crate) fn materials(contract: &Contract, statement: &Statement) -> Result<Vec<BoundMaterial>, AppError> {
    let said = &statement.predicate.materials;
    if said.len() > limits::MATERIALS {
        let message = format!("{} materials, the limit `materials` is {}", said.len(), limits::MATERIALS);
        return Err(unbound("materials", "/predicate/materials", message));
    }
    let subjects: HashSet<_> = statement.subject.iter().filter_map(assay_attest::Subject::sha256).collect();
    let mut seen = BTreeSet::new();
    let mut bound = vec![];
    for (i, material) in said.iter().enumerate() {
        let pointer = format!("/predicate/materials/{i}");
        let material = one(contract, &subjects, material, &pointer)?;
        if !seen.insert(material.name.clone()) {
            return Err(unbound("material-twice", &pointer, format!("material `{}` is there twice", material.name)));
        }
        bound.push(material);
    }
    Ok(bound)
}

fn one(
    contract: &Contract,
    subjects: &HashSet<Digest>,
    said: &assay_attest::Material,
    pointer: &str,
) -> Result<BoundMaterial, AppError> {
    let name: MaterialName = said
        .material_name()
        .unwrap_or_default()
        .parse()
        .map_err(|e| unbound("material-name", pointer, format!("a material has no name that is one: {e}")))?;
    let kind: MaterialKind = said
        .kind()
        .unwrap_or_default()
        .parse()
        .map_err(|e| unbound("material-kind", pointer, format!("material `{name}`: {e}")))?;
    let digest = said
        .sha256()
        .ok_or_else(|| unbound("material-digest", pointer, format!("material `{name}` has no sha256 digest")))?;
    let spec = contract.materials.iter().find(|spec| spec.name == name);
    if let Some(spec) = spec.filter(|spec| spec.kind != kind) {
        let message = format!("material `{name}` is {} by contract, not {kind}", spec.kind);
        return Err(unbound("material-kind", pointer, message));
    }
    let content = (!said.content.is_empty()).then(|| said.content.clone());
    if content.as_deref().is_some_and(|bytes| Digest::of(bytes) != digest) {
        return Err(unbound(
            "material-content",
            pointer,
            format!("the content of material `{name}` has another digest"),
        ));
    }
    image_digest(&name, kind, &said.name, digest, pointer)?;
    let is_subject = subjects.contains(&digest);
    let shown = serde_json::to_value(said).map_err(|e| AppError::stored("statement", e))?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(BoundMaterial {
        output: is_subject && spec.is_some_and(|spec| spec.output),
        skip_upload: spec.is_some_and(|spec| spec.skip_upload),
        lenient: spec.is_none_or(is_lenient),
        value: said.name.clone(),
        annotations: said.annotations.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        base64: shown.get("content").cloned(),
        fixed: spec.map(fixed).unwrap_or_default(),
        name,
        kind,
        digest,
        content,
    })
}

/// The annotations of a contract entry that have a value.
fn fixed(spec: &MaterialSpec) -> Vec<(String, String)> {
    let pair = |a: &assay_contract::Annotation| a.value.clone().map(|value| (a.name.to_string(), value));
    spec.annotations.iter().filter_map(pair).collect()
}

/// A reference that names a digest names that of the image.
fn image_digest(
    name: &MaterialName,
    kind: MaterialKind,
    reference: &str,
    digest: Digest,
    pointer: &str,
) -> Result<(), AppError> {
    let named = reference.rsplit_once('@').filter(|_| kind == MaterialKind::ContainerImage);
    match named {
        Some((_, named)) if named != digest.to_string() => {
            let message = format!("material `{name}` is named `{reference}` and has the digest {digest}");
            Err(unbound("material-digest", pointer, message))
        }
        _ => Ok(()),
    }
}

/// Whether a contract entry takes documents that their schema refuses.
fn is_lenient(spec: &MaterialSpec) -> bool {
    let says = |annotation: &assay_contract::Annotation| {
        annotation.name.as_str() == "assay_lenient" && annotation.value.as_deref() == Some("true")
    };
    spec.annotations.iter().any(says)
}

/// Checks every subject: the workflow's, the commit, or the digest of an output.
pub(crate) fn subjects(
    run: &Run,
    statement: &Statement,
    materials: &[BoundMaterial],
) -> Result<Vec<Subject>, AppError> {
    if statement.subject.len() > limits::SUBJECTS {
        let message = format!("{} subjects, the limit `subjects` is {}", statement.subject.len(), limits::SUBJECTS);
        return Err(unbound("subjects", "/subject", message));
    }
    let own = format!("chainloop.workflow.{}", run.workflow);
    let outputs: HashSet<_> = materials.iter().filter(|m| m.output).map(|m| m.digest).collect();
    let mut known = vec![];
    for (i, subject) in statement.subject.iter().enumerate() {
        let is_output = || subject.digest.len() == 1 && subject.sha256().is_some_and(|d| outputs.contains(&d));
        if !(subject.name == own || subject.name == "git.head" || is_output()) {
            let message = format!(
                "subject `{}` is neither the workflow, nor the commit, nor the digest of an output of the contract",
                subject.name
            );
            return Err(unbound("statement-subject", &format!("/subject/{i}"), message));
        }
        let digest = subject.digest.iter().next().map(|(algorithm, hex)| format!("{algorithm}:{hex}"));
        known.push(Subject { name: subject.name.clone(), digest: digest.unwrap_or_default() });
    }
    Ok(known)
}
