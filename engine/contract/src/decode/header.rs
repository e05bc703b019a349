//! What all documents begin with: `apiVersion`, `kind`, `metadata`.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Digest, DocumentName, OrgName};

use super::view::{Fields, Sink, View, suggestion};
use crate::node::shown;
use crate::{DocumentKind, FindingType};

/// The keys of a document that has a header.
pub(super) const KEYS: &[&str] = &["apiVersion", "kind", "metadata", "spec"];

/// A document's text as written, and its digest.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) source: Arc<str>,
    pub(super) digest: Digest,
}

impl Written {
    pub(super) fn new(text: &str) -> Self {
        Self { source: text.into(), digest: Digest::of(text.as_bytes()) }
    }
}

#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) name: Option<DocumentName>,
    pub(super) description: Option<String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) organization: Option<OrgName>,
    pub(super) finding_type: Option<FindingType>,
}

/// The kind of a document, checked with its `apiVersion`.
pub(super) fn kind(fields: &Fields<'_>, sink: &mut Sink) -> Option<DocumentKind> {
    let version = fields.need(sink, "apiVersion", "begin the document with `apiVersion: chainloop.dev/v1`");
    let kind = fields.need(sink, "kind", "one of `Contract`, `Policy`, `PolicyGroup`, `Gate`")?;
    let kind = kind.one_of(sink, "a kind of document", DocumentKind::ALL, DocumentKind::as_str)?;
    api_version(&version?, sink, kind)?;
    Some(kind)
}

/// `apiVersion` of documents of the kind.
fn api_version(view: &View<'_>, sink: &mut Sink, kind: DocumentKind) -> Option<()> {
    let allowed: &[&str] = match kind {
        DocumentKind::Gate => &["assay.dev/v1"],
        _ => &["chainloop.dev/v1", "workflowcontract.chainloop.dev/v1"],
    };
    let (text, _) = view.text(sink)?;
    if allowed.contains(&text) {
        return Some(());
    }
    let message = format!("`{}` is not an `apiVersion` of the kind `{}`", shown(text), kind.as_str());
    sink.push(view.diagnostic("unknown-version", message).hint(suggestion(text, allowed)));
    None
}

pub(super) fn metadata(fields: &Fields<'_>, sink: &mut Sink) -> Option<Metadata> {
    let view = fields.need(sink, "metadata", "it holds at least the `name` of the document")?;
    let fields = view.fields(sink, &["name", "description", "annotations", "organization", "finding_type"])?;
    let name = fields.need(sink, "name", "every document has a name, for example `release-build`");
    Some(Metadata {
        name: name.and_then(|name| name.parse(sink, "bad-name", "a name")),
        description: fields.string(sink, "description"),
        annotations: strings(&fields, sink, "annotations"),
        organization: fields.get("organization").and_then(|org| org.parse(sink, "bad-name", "an organization's name")),
        finding_type: fields
            .get("finding_type")
            .and_then(|view| view.one_of(sink, "a type of findings", FindingType::ALL, FindingType::as_str)),
    })
}

/// A mapping of text to text. A value of nothing is empty text.
pub(super) fn strings(fields: &Fields<'_>, sink: &mut Sink, key: &str) -> BTreeMap<String, String> {
    let Some(view) = fields.get(key) else { return BTreeMap::new() };
    let mut strings = BTreeMap::new();
    for (entry, value) in view.entries(sink) {
        let text = if value.node.is_null() { Some(String::new()) } else { value.string(sink) };
        if let Some(text) = text {
            strings.insert(entry.key.clone(), text);
        }
    }
    strings
}
