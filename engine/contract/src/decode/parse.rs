use assay_base::Diagnostic;

use super::header::{self, Written};
use super::view::{Sink, View};
use super::{contract, gate, policy};
use crate::node::{self, Root};
use crate::{Contract, Document, DocumentErrors, DocumentKind, Gate, Policy, PolicyGroup};

/// Reads every document of a text: YAML with any number of documents between `---`, or one in JSON.
///
/// Lines and columns are those of the whole text, `source` is the part of each document. When there is one document, its
/// source is the whole text.
///
/// # Errors
/// All mistakes of all documents; also when there is no document at all.
pub fn parse_all(text: &str) -> Result<Vec<Document>, DocumentErrors> {
    let (roots, mistakes) = node::read(text)?;
    if roots.is_empty() {
        return Err(empty().into());
    }
    let mut sink = Sink::default();
    for mistake in mistakes {
        sink.push(mistake);
    }
    let documents: Vec<_> = roots.iter().filter_map(|root| document(text, root, &mut sink)).collect();
    let diagnostics = sink.finish();
    if diagnostics.is_empty() { Ok(documents) } else { Err(DocumentErrors { diagnostics }) }
}

/// Reads the one document of a text.
///
/// # Errors
/// All its mistakes; also when there is none or a second one.
pub fn parse_one(text: &str) -> Result<Document, DocumentErrors> {
    let mut documents = parse_all(text)?;
    match documents.pop() {
        Some(document) if documents.is_empty() => Ok(document),
        Some(_) => {
            let message = format!("the text has {} documents, one is expected", documents.len() + 1);
            Err(Diagnostic::new("document-count", message).hint("split the text at its `---` lines").into())
        }
        None => Err(empty().into()),
    }
}

macro_rules! parse_as {
    ($($type:ident),+) => {$(
        impl $type {
            /// Reads the one document of a text, which is of this kind.
            ///
            /// # Errors
            /// All its mistakes; also when it is of another kind, or there is none or a second one.
            pub fn parse(text: &str) -> Result<Self, DocumentErrors> {
                match parse_one(text)? {
                    Document::$type(document) => Ok(document),
                    other => Err(other_kind(other.kind(), DocumentKind::$type).into()),
                }
            }
        }
    )+};
}

parse_as!(Contract, Policy, PolicyGroup, Gate);

fn document(text: &str, root: &Root, sink: &mut Sink) -> Option<Document> {
    let written = Written::new(text.get(root.bytes.clone())?);
    let view = View::root(&root.node);
    if contract::is_first_version(&root.node) {
        return contract::first_version(&view, sink, written).map(Document::Contract);
    }
    let fields = view.fields(sink, header::KEYS)?;
    if fields.get("apiVersion").is_none() && fields.get("kind").is_none() {
        sink.push(unknown(&view));
        return None;
    }
    match header::kind(&fields, sink)? {
        DocumentKind::Contract => contract::second_version(&fields, sink, written).map(Document::Contract),
        DocumentKind::Policy => policy::policy(&fields, sink, written).map(Document::Policy),
        DocumentKind::PolicyGroup => policy::group(&fields, sink, written).map(Document::PolicyGroup),
        DocumentKind::Gate => gate::gate(&fields, sink, written).map(Document::Gate),
    }
}

fn unknown(view: &View<'_>) -> Diagnostic {
    view.diagnostic("document-unknown", "the document does not say what it is: `apiVersion` and `kind` are missing")
        .hint("a contract begins with `apiVersion: chainloop.dev/v1` and `kind: Contract`, or with `schemaVersion: v1`")
}

fn empty() -> Diagnostic {
    Diagnostic::new("document-empty", "there is no document")
        .hint("a contract begins with `apiVersion: chainloop.dev/v1` and `kind: Contract`")
}

fn other_kind(found: DocumentKind, expected: DocumentKind) -> Diagnostic {
    let message = format!("this is a document of the kind `{}`, not `{}`", found.as_str(), expected.as_str());
    Diagnostic::new("document-kind", message)
}
