//! Contracts, policies and gates: applying them all or none, listing and reading them.

mod check;
pub(crate) mod resolve;

use std::sync::Arc;

use assay_base::{Diagnostic, DocumentName, limits};
use assay_contract::{Document, Policy};
use assay_model::{Applied, ApplyStatus, Caller, DocumentKind, DocumentRevision, FileRef, NewDocument};
use assay_ports::{Page, PageRequest};

use crate::{App, AppError};

/// Documents that somebody wants to apply.
#[derive(Debug, Clone)]
pub struct ApplyRequest {
    /// Texts, each with one document or several.
    pub sources: Vec<Source>,
    /// What `file://` references stand for: reference and policy text.
    pub files: Vec<(String, String)>,
    /// Whether anything is written.
    pub dry_run: bool,
}

/// A text with documents.
#[derive(Debug, Clone)]
pub struct Source {
    /// What to call it in messages.
    pub label: Option<String>,
    /// YAML or JSON.
    pub text: String,
    /// The name of a contract that has none of its own.
    pub name: Option<DocumentName>,
}

/// A document that was read, and where it came from.
pub(crate) struct Entry {
    pub(crate) label: Option<String>,
    pub(crate) name: DocumentName,
    pub(crate) kind: DocumentKind,
    pub(crate) document: Document,
}

/// A policy that came with a request as what a `file://` reference stands for.
pub(crate) struct FilePolicy {
    pub(crate) reference: String,
    pub(crate) policy: Policy,
}

/// Applies documents, all or none.
///
/// # Errors
/// [`AppError::Document`] with every mistake of the first text that has one.
pub async fn apply(app: &App, caller: &Caller, request: ApplyRequest) -> Result<Vec<Applied>, AppError> {
    let mut entries = vec![];
    for source in &request.sources {
        entries.extend(read(source)?);
    }
    distinct(&entries)?;
    let files = request.files.into_iter().map(file_policy).collect::<Result<Vec<_>, _>>()?;
    check::all(app, caller, &entries, &files).await?;
    let documents: Vec<_> = entries.iter().map(|entry| new_document(entry, &files)).collect();
    if request.dry_run {
        return preview(app, caller, &documents).await;
    }
    let policies: Vec<_> = files.iter().map(|f| (f.policy.digest, f.policy.source.to_string())).collect();
    let names: Vec<_> = documents.iter().map(|d| format!("{} {}", d.kind, d.name)).collect();
    let audit = app.audit(caller, "document-apply", names.join(", "));
    Ok(app.repositories.apply(caller.org, &documents, &policies, &audit).await?)
}

/// The newest revision of each document of a kind, by name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(
    app: &App,
    caller: &Caller,
    kind: DocumentKind,
    page: &PageRequest,
) -> Result<Page<DocumentRevision>, AppError> {
    Ok(app.repositories.documents(caller.org, kind, page).await?)
}

/// A revision of a document, the newest one unless it is named.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn describe(
    app: &App,
    caller: &Caller,
    kind: DocumentKind,
    name: &DocumentName,
    revision: Option<u32>,
) -> Result<DocumentRevision, AppError> {
    let found = app.repositories.document(caller.org, kind, name, revision).await?;
    let what = match kind {
        DocumentKind::Contract => "contract",
        DocumentKind::Policy => "policy",
        DocumentKind::PolicyGroup => "policy group",
        DocumentKind::Gate => "gate",
    };
    found.ok_or(AppError::NotFound { what })
}

fn read(source: &Source) -> Result<Vec<Entry>, AppError> {
    let label = source.label.clone();
    let refuse = |diagnostics| AppError::Document { label: label.clone(), diagnostics };
    if source.text.len() > limits::DOCUMENT_BYTES {
        let message = format!("{} bytes, the limit `document-size` is {}", source.text.len(), limits::DOCUMENT_BYTES);
        return Err(refuse(vec![Diagnostic::new("document-size", message)]));
    }
    let documents = assay_contract::parse_all(&source.text).map_err(|errors| refuse(errors.diagnostics))?;
    let entry = |document: Document| {
        let (kind, own) = kind_and_name(&document);
        let name = match (own, &source.name) {
            (Some(own), Some(asked)) if own != *asked => {
                let message = format!("the document is named `{own}`, not `{asked}`");
                return Err(refuse(vec![Diagnostic::new("document-name", message)]));
            }
            (Some(name), _) => name,
            (None, Some(name)) => name.clone(),
            (None, None) => {
                let diagnostic = Diagnostic::new("document-name", "a contract of schema v1 has no name of its own");
                return Err(refuse(vec![diagnostic.hint("give it one with `--name`")]));
            }
        };
        Ok(Entry { label: label.clone(), name, kind, document })
    };
    documents.into_iter().map(entry).collect()
}

fn kind_and_name(document: &Document) -> (DocumentKind, Option<DocumentName>) {
    match document {
        Document::Contract(contract) => (DocumentKind::Contract, contract.name.clone()),
        Document::Policy(policy) => (DocumentKind::Policy, Some(policy.name.clone())),
        Document::PolicyGroup(group) => (DocumentKind::PolicyGroup, Some(group.name.clone())),
        Document::Gate(gate) => (DocumentKind::Gate, Some(gate.name.clone())),
    }
}

fn distinct(entries: &[Entry]) -> Result<(), AppError> {
    for (i, entry) in entries.iter().enumerate() {
        if entries[..i].iter().any(|other| (other.kind, &other.name) == (entry.kind, &entry.name)) {
            let message = format!("{} `{}` is there twice", entry.kind, entry.name);
            let diagnostics = vec![Diagnostic::new("document-twice", message)];
            return Err(AppError::Document { label: entry.label.clone(), diagnostics });
        }
    }
    Ok(())
}

fn file_policy((reference, text): (String, String)) -> Result<FilePolicy, AppError> {
    match Policy::parse(&text) {
        Ok(policy) => Ok(FilePolicy { reference, policy }),
        Err(errors) => Err(AppError::Document { label: Some(reference), diagnostics: errors.diagnostics }),
    }
}

fn new_document(entry: &Entry, files: &[FilePolicy]) -> NewDocument {
    let (source, digest) = match &entry.document {
        Document::Contract(d) => (&d.source, d.digest),
        Document::Policy(d) => (&d.source, d.digest),
        Document::PolicyGroup(d) => (&d.source, d.digest),
        Document::Gate(d) => (&d.source, d.digest),
    };
    let references: Vec<_> = match &entry.document {
        Document::Contract(contract) => check::references(contract).collect(),
        _ => vec![],
    };
    let used = files.iter().filter(|f| references.iter().any(|r| r.reference.text == f.reference));
    NewDocument {
        kind: entry.kind,
        name: entry.name.clone(),
        digest,
        source: Arc::clone(source),
        files: used.map(|f| FileRef { reference: f.reference.clone(), digest: f.policy.digest }).collect(),
    }
}

/// What applying would do.
async fn preview(app: &App, caller: &Caller, documents: &[NewDocument]) -> Result<Vec<Applied>, AppError> {
    let mut applied = vec![];
    for document in documents {
        let newest = app.repositories.document(caller.org, document.kind, &document.name, None).await?;
        let same = |old: &DocumentRevision| old.digest == document.digest && old.files == document.files;
        let (revision, status) = match newest {
            None => (1, ApplyStatus::Created),
            Some(old) if same(&old) => (old.revision, ApplyStatus::Unchanged),
            Some(old) => (old.revision + 1, ApplyStatus::Updated),
        };
        let (kind, name, digest) = (document.kind, document.name.clone(), document.digest);
        applied.push(Applied { kind, name, revision, digest, status });
    }
    Ok(applied)
}
