use assay_base::{Diagnostic, Digest, DocumentName, Place, ProjectName, RunId, Timestamp, WorkflowId, WorkflowName};
use assay_contract::{AttachmentSource, Contract, Document};
use assay_model::{Caller, ContractRef, DocumentKind, DocumentRevision, NewRun, PinnedPolicy, Role, Runner, Workflow};
use assay_ports::RepositoryError;

use super::identity;
use crate::documents::resolve;
use crate::{App, AppError};

/// The contract of a workflow for which nobody wrote one: it asks for nothing.
pub const EMPTY_CONTRACT: &str = "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata:\n  name: empty\nspec: {}\n";

/// A run that somebody wants to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// The project.
    pub project: ProjectName,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The version that it builds.
    pub version: Option<String>,
    /// The contract.
    pub contract: Option<DocumentName>,
    /// Another revision than the newest.
    pub contract_revision: Option<u32>,
    /// Where it takes place.
    pub runner: Runner,
    /// Whether anything is written.
    pub dry_run: bool,
}

/// A run just opened, and what it takes to fill and judge it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The run.
    pub id: RunId,
    /// The contract revision.
    pub contract: ContractRef,
    /// The contract's text.
    pub document: String,
    /// The policies and their texts.
    pub policies: Vec<(PinnedPolicy, String)>,
    /// The URI of the run.
    pub identity: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Opens a run: finds or makes the workflow, pins contract revision and policies.
///
/// # Errors
/// [`AppError::Bound`] when the workflow is bound to another contract, [`AppError::Forbidden`] for an old revision without
/// the right to write contracts, [`AppError::NotFound`] for a project or contract that is not there.
pub async fn open(app: &App, caller: &Caller, request: OpenRequest) -> Result<Opened, AppError> {
    if !caller.sees(&request.project) {
        return Err(AppError::NotFound { what: "project" });
    }
    check_text("version", request.version.as_deref(), 128)?;
    check_text("runner/type", request.runner.kind.as_deref(), 64)?;
    check_text("runner/url", request.runner.url.as_deref(), 2048)?;
    let workflow = app.repositories.workflow(caller.org, &request.project, &request.workflow).await?;
    let mut warnings = vec![];
    let binding = binding(app, caller, &request, workflow, &mut warnings).await?;
    let pinned = contract(app, caller, binding.as_ref(), request.contract_revision).await?;
    let policies = pin(app, caller, &pinned).await?;
    let now = app.now();
    let run = NewRun {
        id: RunId::from_uuid(app.id()),
        org: caller.org,
        workflow_id: WorkflowId::from_uuid(app.id()),
        project: request.project,
        workflow: request.workflow,
        binding,
        version: request.version,
        contract: pinned.reference,
        pins: policies.iter().map(|(pin, _)| pin.clone()).collect(),
        runner: request.runner,
        created_at: now,
        expires_at: now.after(app.settings.run_ttl),
    };
    if !request.dry_run {
        write(app, caller, &run).await?;
    }
    Ok(Opened {
        identity: identity(app, caller, &run.project, &run.workflow, run.id).to_string(),
        id: run.id,
        contract: run.contract,
        document: pinned.source,
        policies,
        expires_at: run.expires_at,
        warnings,
    })
}

async fn write(app: &App, caller: &Caller, run: &NewRun) -> Result<(), AppError> {
    let audit = app.audit(caller, "run-open", format!("{} {}/{}", run.id, run.project, run.workflow));
    match app.repositories.open_run(run, &audit).await {
        Ok(_) => Ok(()),
        Err(RepositoryError::Bound) => Err(AppError::Bound {
            project: run.project.to_string(),
            workflow: run.workflow.to_string(),
            bound: "another contract since a moment".to_owned(),
            asked: run.contract.name.to_string(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Free text of a run stands in tables, statements and certificates: printable, and not long.
pub(super) fn check_text(key: &'static str, text: Option<&str>, most: usize) -> Result<(), AppError> {
    match text {
        Some(text) if text.is_empty() || text.len() > most || text.chars().any(char::is_control) => {
            let message = format!("`{key}` has 1 to {most} characters, none of them a control character");
            Err(AppError::Invalid(Diagnostic::new("run-text", message).at(Place::pointer(format!("/{key}")))))
        }
        _ => Ok(()),
    }
}

/// The contract that the workflow is, or will be, bound to.
async fn binding(
    app: &App,
    caller: &Caller,
    request: &OpenRequest,
    workflow: Option<Workflow>,
    warnings: &mut Vec<String>,
) -> Result<Option<DocumentName>, AppError> {
    if let Some(workflow) = workflow {
        return match (&request.contract, workflow.contract) {
            (Some(asked), bound) if bound.as_ref() != Some(asked) => Err(AppError::Bound {
                project: request.project.to_string(),
                workflow: request.workflow.to_string(),
                bound: bound.map_or_else(|| "the empty contract".to_owned(), |name| format!("`{name}`")),
                asked: asked.to_string(),
            }),
            (_, bound) => Ok(bound),
        };
    }
    if let Some(asked) = &request.contract {
        return Ok(Some(asked.clone()));
    }
    let own: Option<DocumentName> = request.workflow.as_str().parse().ok();
    if let Some(own) = own
        && app.repositories.document(caller.org, DocumentKind::Contract, &own, None).await?.is_some()
    {
        return Ok(Some(own));
    }
    let (project, name) = (&request.project, &request.workflow);
    warnings.push(format!("workflow `{project}/{name}` is new and has no contract: nothing is asked of its runs"));
    Ok(None)
}

/// A contract revision with its text and parsed form.
struct Pinned {
    reference: ContractRef,
    source: String,
    contract: Contract,
    revision: Option<DocumentRevision>,
}

async fn contract(
    app: &App,
    caller: &Caller,
    name: Option<&DocumentName>,
    revision: Option<u32>,
) -> Result<Pinned, AppError> {
    let Some(name) = name else {
        let contract = parse(EMPTY_CONTRACT)?;
        let empty: DocumentName = "empty".parse().map_err(|e| AppError::stored("empty contract", e))?;
        let reference = ContractRef { name: empty, revision: 0, digest: Digest::of(EMPTY_CONTRACT.as_bytes()) };
        return Ok(Pinned { reference, source: EMPTY_CONTRACT.to_owned(), contract, revision: None });
    };
    let absent = || AppError::NotFound { what: "contract" };
    let newest = app.repositories.document(caller.org, DocumentKind::Contract, name, None).await?.ok_or_else(absent)?;
    let chosen = match revision {
        Some(number) if number != newest.revision => {
            if caller.role < Role::Admin {
                return Err(AppError::Forbidden { operation: "run-open", needs: Role::Admin.as_str() });
            }
            let old = app.repositories.document(caller.org, DocumentKind::Contract, name, revision).await?;
            old.ok_or_else(absent)?
        }
        _ => newest,
    };
    let reference = ContractRef { name: chosen.name.clone(), revision: chosen.revision, digest: chosen.digest };
    let contract = parse(&chosen.source)?;
    Ok(Pinned { reference, source: chosen.source.to_string(), contract, revision: Some(chosen) })
}

/// Resolves every reference of the contract to a digest, once: later changes of a policy do not reach the run.
async fn pin(app: &App, caller: &Caller, pinned: &Pinned) -> Result<Vec<(PinnedPolicy, String)>, AppError> {
    let mut pins: Vec<(PinnedPolicy, String)> = vec![];
    let files = pinned.revision.as_ref().map_or(&[][..], |revision| &revision.files);
    let policies = &pinned.contract.policies;
    for attachment in policies.materials.iter().chain(&policies.attestation) {
        let AttachmentSource::Ref(reference) = &attachment.source else { continue };
        if pins.iter().any(|(pin, _)| pin.reference == reference.text) {
            continue;
        }
        let found = resolve::policy(app, caller.org, reference, files).await?;
        let (digest, text) = found.ok_or(AppError::NotFound { what: "policy" })?;
        let policy = assay_contract::Policy::parse(&text).map_err(|e| AppError::stored("policy", e))?;
        pins.push((PinnedPolicy { reference: reference.text.clone(), digest, name: policy.name }, text));
    }
    Ok(pins)
}

pub(crate) fn parse(source: &str) -> Result<Contract, AppError> {
    match assay_contract::parse_one(source).map_err(|e| AppError::stored("contract", e))? {
        Document::Contract(contract) => Ok(contract),
        _ => Err(AppError::NotFound { what: "contract" }),
    }
}
