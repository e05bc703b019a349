use std::collections::BTreeMap;

use assay_base::{Diagnostic, MaterialKind, MaterialName, limits};

use super::attachment;
use super::header::{Written, metadata};
use super::view::{Fields, Sink, View};
use crate::node::{Node, Value, shown};
use crate::{Annotation, Contract, MaterialSpec, RunnerType};

const SPEC: &[&str] = &["materials", "envAllowList", "runner", "annotations", "policies", "policyGroups"];
const FIRST: &[&str] =
    &["schemaVersion", "materials", "envAllowList", "runner", "annotations", "policies", "policyGroups"];

/// Whether a document is a contract of the first version.
pub(super) fn is_first_version(root: &Node) -> bool {
    match &root.value {
        Value::Mapping(entries) => entries.iter().any(|e| e.key == "schemaVersion" || e.key == "schema_version"),
        _ => false,
    }
}

/// `schemaVersion: v1`, and the keys of a `spec` at the root.
pub(super) fn first_version(view: &View<'_>, sink: &mut Sink, written: Written) -> Option<Contract> {
    let fields = view.fields(sink, FIRST)?;
    let version = fields.need(sink, "schemaVersion", "write `schemaVersion: v1`");
    if let Some(version) = version {
        version.one_of(sink, "a version of contracts", &["v1"], |word| word);
    }
    Some(spec(Some(&fields), sink, written))
}

/// `apiVersion`, `kind`, `metadata`, and a `spec` that may be absent.
pub(super) fn second_version(fields: &Fields<'_>, sink: &mut Sink, written: Written) -> Option<Contract> {
    let meta = metadata(fields, sink);
    let inner = match fields.get("spec") {
        Some(view) => Some(view.fields(sink, SPEC)?),
        None => None,
    };
    let contract = spec(inner.as_ref(), sink, written);
    let meta = meta?;
    Some(Contract {
        name: Some(meta.name?),
        description: meta.description,
        organization: meta.organization,
        metadata_annotations: meta.annotations,
        ..contract
    })
}

fn spec(fields: Option<&Fields<'_>>, sink: &mut Sink, written: Written) -> Contract {
    let mut contract = Contract {
        name: None,
        description: None,
        organization: None,
        metadata_annotations: BTreeMap::new(),
        materials: Vec::new(),
        env_allow_list: Vec::new(),
        runner: None,
        policies: crate::Policies::default(),
        policy_groups: Vec::new(),
        annotations: Vec::new(),
        source: written.source,
        digest: written.digest,
    };
    let Some(fields) = fields else { return contract };
    contract.materials = materials(fields, sink);
    contract.env_allow_list = fields.list(sink, "envAllowList", variable);
    contract.runner = fields.get("runner").and_then(|view| runner(&view, sink));
    contract.annotations = annotations(fields, sink);
    if let Some(view) = fields.get("policies") {
        contract.policies = attachment::policies(&view, sink);
    }
    contract.policy_groups = fields.list(sink, "policyGroups", attachment::group);
    contract
}

fn materials(fields: &Fields<'_>, sink: &mut Sink) -> Vec<MaterialSpec> {
    let items = fields.items(sink, "materials");
    if items.len() > limits::MATERIALS {
        let message =
            format!("the contract has {} materials, the limit `materials` is {}", items.len(), limits::MATERIALS);
        sink.push(fields.diagnostic("materials", message));
        return Vec::new();
    }
    let materials: Vec<_> = items.iter().filter_map(|item| material(item, sink)).collect();
    let mut seen: BTreeMap<&MaterialName, u32> = BTreeMap::new();
    for material in &materials {
        let line = material.origin.span.line;
        if let Some(first) = seen.get(&material.name) {
            let message = format!("the name `{}` is taken by the material of line {first}", material.name);
            sink.push(
                Diagnostic::new("duplicate-name", message)
                    .at(material.origin.place())
                    .hint("every material of a contract has a name of its own"),
            );
        }
        seen.entry(&material.name).or_insert(line);
    }
    materials
}

fn material(view: &View<'_>, sink: &mut Sink) -> Option<MaterialSpec> {
    let keys = &["type", "name", "optional", "output", "annotations", "skip_upload", "group"];
    let fields = view.fields(sink, keys)?;
    let kind = fields.need(sink, "type", "the kind of the evidence, for example `SARIF`");
    let kind = kind.and_then(|view| material_kind(&view, sink));
    let name = fields.need(sink, "name", "the name of the material in a run, for example `scan`");
    let name = name.and_then(|view| view.parse(sink, "bad-name", "a material's name"));
    let optional = fields.boolean(sink, "optional").unwrap_or_default();
    let output = fields.boolean(sink, "output").unwrap_or_default();
    let skip_upload = fields.boolean(sink, "skip_upload").unwrap_or_default();
    let group = fields.get("group").filter(|view| !is_empty_text(view));
    let group = group.and_then(|view| view.parse(sink, "bad-name", "the name of a group"));
    let annotations = annotations(&fields, sink);
    Some(MaterialSpec {
        kind: kind?,
        name: name?,
        optional,
        output,
        skip_upload,
        group,
        annotations,
        origin: fields.origin(),
    })
}

pub(super) fn material_kind(view: &View<'_>, sink: &mut Sink) -> Option<MaterialKind> {
    view.one_of(sink, "a material kind", MaterialKind::ALL, MaterialKind::as_str)
}

fn is_empty_text(view: &View<'_>) -> bool {
    matches!(&view.node.value, Value::Scalar(scalar) if scalar.text.is_empty())
}

fn annotations(fields: &Fields<'_>, sink: &mut Sink) -> Vec<Annotation> {
    let annotations = fields.list(sink, "annotations", annotation);
    for (i, one) in annotations.iter().enumerate() {
        if annotations[..i].iter().any(|other| other.name == one.name) {
            let message = format!("the annotation `{}` stands twice here", one.name);
            sink.push(Diagnostic::new("duplicate-name", message).at(one.origin.place()).hint("keep one of them"));
        }
    }
    annotations
}

fn annotation(view: &View<'_>, sink: &mut Sink) -> Option<Annotation> {
    let fields = view.fields(sink, &["name", "value"])?;
    let name = fields.need(sink, "name", "the name of the annotation, for example `team`")?;
    let name = name.parse(sink, "bad-name", "the name of an annotation");
    let value = fields.string(sink, "value").filter(|value| !value.is_empty());
    Some(Annotation { name: name?, value, origin: fields.origin() })
}

fn runner(view: &View<'_>, sink: &mut Sink) -> Option<RunnerType> {
    let fields = view.fields(sink, &["type"])?;
    let name = fields.need(sink, "type", "the runner, for example `GITHUB_ACTION`")?;
    name.one_of(sink, "a runner", RunnerType::ALL, RunnerType::as_str)
}

fn variable(view: &View<'_>, sink: &mut Sink) -> Option<String> {
    let (text, _) = view.text(sink)?;
    if text.is_empty() || text.chars().any(|c| c == '=' || c.is_whitespace() || c.is_control()) {
        let message = format!("`{}` is not the name of an environment variable", shown(text));
        sink.push(view.diagnostic("bad-name", message).hint("write one name, for example `BUILD_NUMBER`"));
        return None;
    }
    Some(text.to_owned())
}
