use std::sync::Arc;

use assay_base::{Diagnostic, DocumentName, OrgName};
use assay_contract::{
    Attachment, AttachmentSource, Contract, Document, Policy, PolicyRef, RefTarget, ScriptSource, check_policy,
};
use assay_model::{Caller, DocumentKind};
use assay_ports::ScriptError;

use super::{Entry, FilePolicy, resolve};
use crate::{App, AppError};

/// An attachment that refers to a policy by reference.
pub(super) struct Referring<'c> {
    pub(super) reference: &'c PolicyRef,
    attachment: &'c Attachment,
}

/// The references of a contract, in its order.
pub(super) fn references(contract: &Contract) -> impl Iterator<Item = Referring<'_>> {
    attachments(contract).filter_map(|attachment| match &attachment.source {
        AttachmentSource::Ref(reference) => Some(Referring { reference, attachment }),
        AttachmentSource::Embedded(_) => None,
    })
}

fn attachments(contract: &Contract) -> impl Iterator<Item = &Attachment> {
    contract.policies.materials.iter().chain(&contract.policies.attestation)
}

/// Checks what the syntax of a document does not say: scripts compile, references stand for something, required inputs
/// are given.
pub(super) async fn all(app: &App, caller: &Caller, entries: &[Entry], files: &[FilePolicy]) -> Result<(), AppError> {
    for file in files {
        let wrong = scripts(app, &file.policy).await?;
        refuse(Some(file.reference.clone()), wrong)?;
    }
    for entry in entries {
        let wrong = match &entry.document {
            Document::Contract(contract) => self::contract(app, caller, contract, entries, files).await?,
            Document::Policy(policy) => scripts(app, policy).await?,
            Document::PolicyGroup(_) => vec![Diagnostic::new(
                "document-kind",
                format!("{} `{}`: this server does not keep policy groups", DocumentKind::PolicyGroup, entry.name),
            )],
            Document::Gate(_) => vec![],
        };
        refuse(entry.label.clone(), wrong)?;
    }
    Ok(())
}

fn refuse(label: Option<String>, diagnostics: Vec<Diagnostic>) -> Result<(), AppError> {
    if diagnostics.is_empty() { Ok(()) } else { Err(AppError::Document { label, diagnostics }) }
}

async fn contract(
    app: &App,
    caller: &Caller,
    contract: &Contract,
    entries: &[Entry],
    files: &[FilePolicy],
) -> Result<Vec<Diagnostic>, AppError> {
    let mut wrong = vec![];
    for attachment in attachments(contract) {
        match &attachment.source {
            AttachmentSource::Embedded(policy) => {
                wrong.extend(scripts(app, policy).await?);
                wrong.extend(check_policy(attachment, policy));
            }
            AttachmentSource::Ref(reference) => {
                let referring = Referring { reference, attachment };
                match stands_for(app, caller, reference, entries, files).await? {
                    Ok(policy) => wrong.extend(check_policy(attachment, &policy)),
                    Err(diagnostic) => wrong.push(diagnostic.at(referring.attachment.origin.place())),
                }
            }
        }
    }
    for group in &contract.policy_groups {
        let message = format!("there is no policy group `{}` on this server", group.reference.text);
        wrong.push(Diagnostic::new("policy-group-absent", message).at(group.origin.place()));
    }
    Ok(wrong)
}

/// The policy that a reference stands for: in the same request, or stored.
async fn stands_for(
    app: &App,
    caller: &Caller,
    reference: &PolicyRef,
    entries: &[Entry],
    files: &[FilePolicy],
) -> Result<Result<Policy, Diagnostic>, AppError> {
    let pinned = |policy: &Policy| reference.digest.is_none_or(|digest| digest == policy.digest);
    let found = match &reference.target {
        RefTarget::Url { .. } => return Ok(Err(not_fetched(reference))),
        RefTarget::File { .. } => files.iter().find(|f| f.reference == reference.text).map(|f| f.policy.clone()),
        RefTarget::Named { org, name, .. } => {
            if let Some(foreign) = org.as_ref().filter(|org| **org != caller.org_name) {
                return Ok(Err(foreign_org(reference, foreign)));
            }
            in_request(entries, name).filter(|policy| pinned(policy)).cloned()
        }
    };
    if let Some(policy) = found {
        return Ok(if pinned(&policy) { Ok(policy) } else { Err(other_digest(reference, &policy)) });
    }
    let stored = resolve::policy(app, caller.org, reference, &[]).await?;
    match stored.map(|(_, text)| Policy::parse(&text)).transpose() {
        Ok(Some(policy)) => Ok(Ok(policy)),
        Ok(None) => Ok(Err(absent(reference))),
        Err(error) => Err(AppError::stored("policy", error)),
    }
}

fn in_request<'e>(entries: &'e [Entry], name: &DocumentName) -> Option<&'e Policy> {
    entries.iter().find_map(|entry| match &entry.document {
        Document::Policy(policy) if policy.name == *name => Some(policy),
        _ => None,
    })
}

fn absent(reference: &PolicyRef) -> Diagnostic {
    let hint = match reference.target {
        RefTarget::File { .. } => "the client sends the policies that `file://` references stand for",
        _ => "apply the policy first, or in the same command",
    };
    Diagnostic::new("policy-absent", format!("there is no policy `{}`", reference.text)).hint(hint)
}

fn not_fetched(reference: &PolicyRef) -> Diagnostic {
    Diagnostic::new("policy-not-fetched", format!("`{}`: the server fetches no policies", reference.text))
        .hint("apply the policy with `assay policy apply` and refer to it by name, or use a `file://` reference")
}

fn foreign_org(reference: &PolicyRef, org: &OrgName) -> Diagnostic {
    Diagnostic::new("policy-absent", format!("there is no policy `{}`", reference.text))
        .hint(format!("policies of the organization `{org}` cannot be used here"))
}

fn other_digest(reference: &PolicyRef, policy: &Policy) -> Diagnostic {
    let message = format!("`{}` has the digest {} now", reference.text, policy.digest);
    Diagnostic::new("policy-digest", message).hint("take the new digest over, or restore the policy")
}

/// Compiles the scripts of a policy.
async fn scripts(app: &App, policy: &Policy) -> Result<Vec<Diagnostic>, AppError> {
    let mut wrong = vec![];
    for branch in &policy.branches {
        match &branch.script {
            ScriptSource::Embedded { text, .. } => {
                if let Err(error) = compile(app, Arc::clone(text)).await? {
                    let place = branch.place(error.line.unwrap_or(1), error.column.unwrap_or(1));
                    wrong.push(Diagnostic::new(error.code, error.message).at(place));
                }
            }
            ScriptSource::Path(path) | ScriptSource::Ref(path) => {
                let message = format!("the script `{path}` is not part of the document");
                let hint = "embed the script, or apply the policy from a file: the client embeds it then";
                wrong.push(Diagnostic::new("policy-script-absent", message).at(branch.origin.place()).hint(hint));
            }
        }
    }
    Ok(wrong)
}

async fn compile(app: &App, source: Arc<str>) -> Result<Result<(), ScriptError>, AppError> {
    let turn = Arc::clone(&app.evaluations).acquire_owned().await;
    let turn = turn.map_err(|e| AppError::Interrupted(Box::new(e)))?;
    let evaluator = Arc::clone(&app.evaluator);
    let task = tokio::task::spawn_blocking(move || {
        let answer = evaluator.check(&source);
        drop(turn);
        answer
    });
    task.await.map_err(|e| AppError::Interrupted(Box::new(e)))
}
