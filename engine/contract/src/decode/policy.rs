use assay_base::{Diagnostic, MaterialKind};

use super::attachment::{attachment, match_mode};
use super::contract::material_kind;
use super::header::{Written, metadata};
use super::view::{Fields, Sink, View};
use crate::node::{Style, shown};
use crate::template::foreign_expression;
use crate::{Attachment, Branch, GroupMaterial, Input, Origin, Phase, Policy, PolicyGroup, ScriptSource};

/// Kinds that the older form, one script for one kind, cannot have.
const NOT_IN_OLD_FORM: &[MaterialKind] = &[MaterialKind::String, MaterialKind::Artifact, MaterialKind::Evidence];

pub(super) fn policy(fields: &Fields<'_>, sink: &mut Sink, written: Written) -> Option<Policy> {
    let meta = metadata(fields, sink);
    let spec = fields.need(sink, "spec", "it holds `policies`, a list of scripts")?;
    let spec = spec.fields(sink, &["path", "embedded", "type", "policies", "inputs", "auto_match"])?;
    let inputs = inputs(&spec, sink);
    let branches = branches(&spec, sink);
    if let Some(view) = spec.get("auto_match")
        && let Some(fields) = view.fields(sink, &["path", "embedded", "ref"])
    {
        script(&fields, sink, &["path", "embedded", "ref"]);
    }
    let meta = meta?;
    let Written { source, digest } = written;
    Some(Policy {
        name: meta.name?,
        description: meta.description,
        organization: meta.organization,
        metadata_annotations: meta.annotations,
        finding_type: meta.finding_type,
        inputs,
        branches,
        source,
        digest,
    })
}

/// The scripts: a list, or the older form of one.
fn branches(spec: &Fields<'_>, sink: &mut Sink) -> Vec<Branch> {
    let old = spec.get("path").or_else(|| spec.get("embedded"));
    let new = spec.items(sink, "policies");
    match old {
        Some(view) if !new.is_empty() => {
            let message = "the policy has both a script of its own and a list of `policies`";
            sink.push(view.diagnostic("two-sources", message).hint("move the script into the list"));
            Vec::new()
        }
        Some(_) => old_form(spec, sink).into_iter().collect(),
        None if new.is_empty() => {
            let hint = "add `policies:` with `- kind: …` and `embedded: |`";
            sink.push(spec.diagnostic("missing-source", "the policy has no script").hint(hint));
            Vec::new()
        }
        None => new.iter().filter_map(|view| branch(view, sink)).collect(),
    }
}

fn old_form(spec: &Fields<'_>, sink: &mut Sink) -> Option<Branch> {
    let (script, origin) = script(spec, sink, &["path", "embedded"])?;
    let view = spec.get("type");
    let kind = match &view {
        Some(view) => Some(material_kind(view, sink)?),
        None => None,
    };
    if let (Some(view), Some(kind)) = (view, kind.filter(|kind| NOT_IN_OLD_FORM.contains(kind))) {
        sink.push(view.diagnostic("bad-kind", format!("a policy of this form cannot judge `{kind}`")));
    }
    Some(Branch { kind, phases: Vec::new(), script, origin })
}

fn branch(view: &View<'_>, sink: &mut Sink) -> Option<Branch> {
    let fields = view.fields(sink, &["kind", "path", "embedded", "ref", "attestation_phases"])?;
    let kind_view = fields.get("kind");
    let kind = kind_view.as_ref().map(|view| material_kind(view, sink));
    if let (Some(view), Some(Some(MaterialKind::Artifact))) = (&kind_view, kind) {
        let diagnostic = view.diagnostic("bad-kind", "a policy cannot judge every `ARTIFACT`");
        sink.push(diagnostic.hint("leave `kind` out and attach the policy with a `selector`"));
    }
    let phases =
        fields.list(sink, "attestation_phases", |view, sink| view.one_of(sink, "a phase", Phase::ALL, Phase::as_str));
    if !phases.is_empty() && kind != Some(Some(MaterialKind::Attestation)) {
        let message = "`attestation_phases` belong to the kind `ATTESTATION`";
        sink.push(fields.diagnostic("bad-kind", message).hint("set `kind: ATTESTATION`, or remove them"));
    }
    let (script, origin) = script(&fields, sink, &["embedded", "path", "ref"])?;
    Some(Branch { kind: kind.flatten(), phases, script, origin })
}

/// Exactly one of the keys that hold a script.
fn script(fields: &Fields<'_>, sink: &mut Sink, keys: &[&'static str]) -> Option<(ScriptSource, Origin)> {
    let mut given = keys.iter().filter_map(|key| fields.get(key).map(|view| (*key, view)));
    let names = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let Some((key, view)) = given.next() else {
        sink.push(fields.diagnostic("missing-source", "there is no script here").hint(format!("give one of {names}")));
        return None;
    };
    if let Some((other, _)) = given.next() {
        let message = format!("there are both `{key}` and `{other}` here");
        sink.push(fields.diagnostic("two-sources", message).hint(format!("give one of {names}")));
        return None;
    }
    let (text, style) = view.text(sink)?;
    if text.trim().is_empty() {
        sink.push(view.diagnostic("empty-script", format!("`{key}` is empty")));
        return None;
    }
    let script = match key {
        "embedded" => embedded(text, style),
        "path" => ScriptSource::Path(text.to_owned()),
        _ => ScriptSource::Ref(text.to_owned()),
    };
    Some((script, view.origin()))
}

fn embedded(text: &str, style: Style) -> ScriptSource {
    let (first_line, indent) = match style {
        Style::Literal { first_line, indent } => (Some(first_line), indent),
        Style::Plain | Style::Quoted => (None, 0),
    };
    ScriptSource::Embedded { text: text.into(), first_line, indent }
}

fn inputs(spec: &Fields<'_>, sink: &mut Sink) -> Vec<Input> {
    let inputs = spec.list(sink, "inputs", input);
    for (i, one) in inputs.iter().enumerate() {
        if inputs[..i].iter().any(|other| other.name == one.name) {
            let message = format!("the input `{}` stands twice here", one.name);
            sink.push(Diagnostic::new("duplicate-name", message).at(one.origin.place()).hint("keep one of them"));
        }
    }
    inputs
}

fn input(view: &View<'_>, sink: &mut Sink) -> Option<Input> {
    let fields = view.fields(sink, &["name", "description", "required", "default"])?;
    let name = fields.need(sink, "name", "the name of the input, for example `severity`")?;
    let name = input_name(&name, sink);
    let description = fields.string(sink, "description");
    let required = fields.boolean(sink, "required").unwrap_or_default();
    let default = fields.string(sink, "default").filter(|default| !default.is_empty());
    if required && default.is_some() {
        let diagnostic = fields.diagnostic("required-with-default", "an input that is required cannot have a default");
        sink.push(diagnostic.hint("remove `required` or `default`"));
    }
    Some(Input { name: name?, description, required, default, origin: fields.origin() })
}

/// `^[a-zA-Z][a-zA-Z0-9_]*$`.
fn input_name(view: &View<'_>, sink: &mut Sink) -> Option<String> {
    let (text, _) = view.text(sink)?;
    let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if word && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
        return Some(text.to_owned());
    }
    let message = format!("`{}` is not the name of an input", shown(text));
    sink.push(view.diagnostic("bad-name", message).hint("a letter, then letters, digits and underscores"));
    None
}

pub(super) fn group(fields: &Fields<'_>, sink: &mut Sink, written: Written) -> Option<PolicyGroup> {
    let meta = metadata(fields, sink);
    let spec = fields.need(sink, "spec", "it holds `policies`")?.fields(sink, &["policies", "inputs"])?;
    let inputs = inputs(&spec, sink);
    let members = spec.need(sink, "policies", "it holds `materials` and `attestation`");
    let members = members.and_then(|view| view.fields(sink, &["materials", "attestation"]))?;
    let materials = members.list(sink, "materials", group_material);
    let attestation = members.list(sink, "attestation", attachment);
    templates(&materials, &attestation, sink);
    let meta = meta?;
    let Written { source, digest } = written;
    Some(PolicyGroup {
        name: meta.name?,
        description: meta.description,
        organization: meta.organization,
        metadata_annotations: meta.annotations,
        inputs,
        materials,
        attestation,
        source,
        digest,
    })
}

fn group_material(view: &View<'_>, sink: &mut Sink) -> Option<GroupMaterial> {
    let fields = view.fields(sink, &["type", "name", "optional", "match_mode", "policies"])?;
    let kind = match fields.get("type") {
        Some(view) => Some(material_kind(&view, sink)?),
        None => None,
    };
    let name = fields.string(sink, "name").filter(|name| !name.is_empty());
    if name.is_some() && kind.is_none() {
        let diagnostic =
            fields.diagnostic("missing-key", "`type` is missing: a material with a name is expected of a run");
        sink.push(diagnostic.hint("give the kind of the material, or remove its name"));
    }
    let optional = fields.boolean(sink, "optional").unwrap_or_default();
    let match_mode = match_mode(&fields, sink)?;
    let policies = fields.list(sink, "policies", attachment);
    Some(GroupMaterial { kind, name, optional, match_mode, policies, origin: fields.origin() })
}

/// Tells of templates that are not understood: left alone, they would reach a policy as they stand.
fn templates(materials: &[GroupMaterial], attestation: &[Attachment], sink: &mut Sink) {
    let names = materials.iter().filter_map(|material| Some((material.name.as_ref()?, &material.origin)));
    let members = materials.iter().flat_map(|material| &material.policies).chain(attestation);
    let values = members.flat_map(|member| member.with.values().map(move |value| (value, &member.origin)));
    for (text, origin) in names.chain(values) {
        if let Some(expression) = foreign_expression(text) {
            let message = format!("`{}` is not a template that is understood", shown(expression));
            sink.push(
                Diagnostic::new("bad-template", message)
                    .at(origin.place())
                    .hint("only inputs of the group can be put in: `{{ inputs.name }}`"),
            );
        }
    }
}
