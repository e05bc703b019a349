//! Workflows: listing them, binding them to a contract.

use assay_base::{DocumentName, ProjectName, WorkflowName};
use assay_model::{Caller, DocumentKind, WorkflowItem};
use assay_ports::{Page, PageRequest};

use crate::{App, AppError};

/// The workflows that the caller sees, by project and name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(
    app: &App,
    caller: &Caller,
    project: Option<ProjectName>,
    page: &PageRequest,
) -> Result<Page<WorkflowItem>, AppError> {
    if project.as_ref().is_some_and(|asked| !caller.sees(asked)) {
        return Ok(Page { items: vec![], next: None });
    }
    let project = caller.project.clone().or(project);
    Ok(app.repositories.workflows(caller.org, project.as_ref(), app.now(), page).await?)
}

/// Binds a workflow to a contract.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such workflow or contract.
pub async fn bind(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &WorkflowName,
    contract: &DocumentName,
) -> Result<WorkflowItem, AppError> {
    let absent = || AppError::NotFound { what: "workflow" };
    if !caller.sees(project) {
        return Err(absent());
    }
    let known = app.repositories.document(caller.org, DocumentKind::Contract, contract, None).await?;
    if known.is_none() {
        return Err(AppError::NotFound { what: "contract" });
    }
    let audit = app.audit(caller, "workflow-bind", format!("{project}/{name} to {contract}"));
    app.repositories.bind_workflow(caller.org, project, name, contract, &audit).await?.ok_or_else(absent)
}
