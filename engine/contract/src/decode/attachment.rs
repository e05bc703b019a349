use assay_base::Diagnostic;

use super::header::{KEYS, Written, kind, strings};
use super::policy;
use super::view::{Fields, Sink, View, list};
use crate::arguments::check_policy;
use crate::node::shown;
use crate::{
    Attachment, AttachmentSource, DocumentKind, GroupAttachment, MatchMode, Policies, Policy, PolicyRef, Selector,
};

const MODES: &[(&str, MatchMode)] =
    &[("EXACT", MatchMode::Exact), ("PREFIX", MatchMode::Prefix), ("UNSPECIFIED", MatchMode::Exact)];

pub(super) fn policies(view: &View<'_>, sink: &mut Sink) -> Policies {
    let Some(fields) = view.fields(sink, &["materials", "attestation"]) else { return Policies::default() };
    Policies {
        materials: fields.list(sink, "materials", attachment),
        attestation: fields.list(sink, "attestation", attachment),
    }
}

pub(super) fn attachment(view: &View<'_>, sink: &mut Sink) -> Option<Attachment> {
    let keys = &["ref", "embedded", "selector", "disabled", "with", "requirements", "gate"];
    let fields = view.fields(sink, keys)?;
    let source = source(&fields, sink);
    let selector = fields.get("selector").and_then(|view| selector(&view, sink));
    let disabled = fields.boolean(sink, "disabled").unwrap_or_default();
    let with = strings(&fields, sink, "with");
    let requirements = fields.list(sink, "requirements", requirement);
    let gate = fields.boolean(sink, "gate");
    let attachment =
        Attachment { source: source?, selector, disabled, with, requirements, gate, origin: fields.origin() };
    if let AttachmentSource::Embedded(policy) = &attachment.source
        && let Some(diagnostic) = check_policy(&attachment, policy)
    {
        sink.push(diagnostic);
    }
    Some(attachment)
}

pub(super) fn group(view: &View<'_>, sink: &mut Sink) -> Option<GroupAttachment> {
    let fields = view.fields(sink, &["ref", "with", "skip", "gate"])?;
    let reference = fields.need(sink, "ref", "the policy group, for example `sbom-quality`");
    let reference = reference.and_then(|view| reference_of(&view, sink));
    let with = strings(&fields, sink, "with");
    let skip = fields.list(sink, "skip", |view, sink| view.parse(sink, "bad-name", "the name of a policy"));
    let gate = fields.boolean(sink, "gate");
    Some(GroupAttachment { reference: reference?, with, skip, gate, origin: fields.origin() })
}

/// Exactly one of `ref` and `embedded`.
fn source(fields: &Fields<'_>, sink: &mut Sink) -> Option<AttachmentSource> {
    match (fields.get("ref"), fields.get("embedded")) {
        (Some(view), None) => reference_of(&view, sink).map(AttachmentSource::Ref),
        (None, Some(view)) => embedded(&view, sink).map(|policy| AttachmentSource::Embedded(Box::new(policy))),
        (None, None) => {
            let diagnostic = fields.diagnostic("missing-source", "the attachment names no policy");
            sink.push(diagnostic.hint("give `ref` (a name, `file://…` or `https://…`) or `embedded` (a policy)"));
            None
        }
        (Some(reference), Some(view)) => {
            let message = "the attachment has both `ref` and `embedded`";
            sink.push(fields.diagnostic("two-sources", message).hint("keep one of them"));
            reference_of(&reference, sink);
            embedded(&view, sink);
            None
        }
    }
}

fn reference_of(view: &View<'_>, sink: &mut Sink) -> Option<PolicyRef> {
    let (text, _) = view.text(sink)?;
    match text.parse() {
        Ok(reference) => Some(reference),
        Err(error) => {
            let error = assay_base::text::printable(&crate::RefError::to_string(&error));
            let message = format!("`{}` is not a reference to a policy: {error}", shown(text));
            let hint = "write the name of a policy, `file://policy.yaml` or `https://host/policy.yaml`, \
                        each with `@sha256:…` behind it if it is to be pinned";
            sink.push(view.diagnostic("bad-reference", message).hint(hint));
            None
        }
    }
}

/// A policy in another document: it is addressed by its canonical JSON.
fn embedded(view: &View<'_>, sink: &mut Sink) -> Option<Policy> {
    let fields = view.fields(sink, KEYS)?;
    let kind = kind(&fields, sink)?;
    if kind != DocumentKind::Policy {
        let message = format!("a document of the kind `{}` cannot be embedded here", kind.as_str());
        sink.push(view.diagnostic("document-kind", message).hint("embed a `Policy`"));
        return None;
    }
    match serde_json_canonicalizer::to_string(&view.node.to_json()) {
        Ok(text) => policy::policy(&fields, sink, Written::new(&text)),
        Err(error) => {
            sink.push(Diagnostic::new("canonical-form", format!("the policy has no canonical form: {error}")));
            None
        }
    }
}

fn selector(view: &View<'_>, sink: &mut Sink) -> Option<Selector> {
    let fields = view.fields(sink, &["name", "match_mode"])?;
    let name = fields.string(sink, "name").filter(|name| !name.is_empty());
    let match_mode = match_mode(&fields, sink)?;
    Some(Selector { name, match_mode })
}

pub(super) fn match_mode(fields: &Fields<'_>, sink: &mut Sink) -> Option<MatchMode> {
    let Some(view) = fields.get("match_mode") else { return Some(MatchMode::default()) };
    view.one_of(sink, "a way to match names", MODES, |(word, _)| word).map(|(_, mode)| mode)
}

/// `[org/]framework/requirement[@version]`.
fn requirement(view: &View<'_>, sink: &mut Sink) -> Option<String> {
    let (text, _) = view.text(sink)?;
    if is_requirement(text) {
        return Some(text.to_owned());
    }
    let message = format!("`{}` is not a requirement", shown(text));
    let hint = format!("write {}", list(&["[org/]framework/requirement[@version]"]));
    sink.push(view.diagnostic("bad-requirement", message).hint(hint));
    None
}

fn is_requirement(text: &str) -> bool {
    let in_framework = |text: &str| match text.split_once('/') {
        Some((framework, rest)) => !framework.is_empty() && is_requirement_name(rest),
        None => false,
    };
    let is_org =
        |org: &str| !org.is_empty() && org.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let in_org = || text.split_once('/').is_some_and(|(org, rest)| is_org(org) && in_framework(rest));
    !text.chars().any(char::is_whitespace) && (in_framework(text) || in_org())
}

fn is_requirement_name(text: &str) -> bool {
    let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    let versioned = version.is_none_or(|version| !version.is_empty() && !version.contains('@'));
    !name.is_empty() && !name.contains('/') && versioned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_have_a_framework() {
        for good in ["soc2/cc1", "org/soc2/cc1@1.0", "SOC2/cc1@v/1", "a@b/c"] {
            assert!(is_requirement(good), "{good}");
        }
        for bad in ["cc1", "", "/cc1", "a/b/c/d", "Org/soc2/cc1", "soc2/", "soc2/a@", "soc2/a@b@c", "so c2/a"] {
            assert!(!is_requirement(bad), "{bad}");
        }
    }
}
