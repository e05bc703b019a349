//! Attachments: a registration at work for a workflow.

use assay_base::{AttachmentId, ProjectName, RegistrationName, Timestamp, WorkflowName};
use assay_model::{Attachment, Caller, Workflow};
use assay_ports::{Function, Page, PageRequest};
use serde_json::{Map, Value, json};

use crate::integrations::{self, Target, answered};
use crate::{App, AppError, registrations};

/// An attachment to make.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// The registration.
    pub registration: RegistrationName,
    /// The workflow's project.
    pub project: ProjectName,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The values of the form.
    pub options: Map<String, Value>,
}

/// Attaches a registration to a workflow. What is pushed from now on is delivered.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such registration or workflow, [`AppError::Input`] for wrong values,
/// [`AppError::EgressRefused`] and [`AppError::Integration`] when the integration does not take it.
pub async fn add(app: &App, caller: &Caller, new: NewAttachment) -> Result<Attachment, AppError> {
    let workflow = workflow(app, caller, &new.project, &new.workflow).await?;
    let registration = registrations::describe(app, caller, &new.registration).await?;
    let integration = integrations::find(app, caller.org, &registration.integration).await?;
    let input = integration.manifest.attachment(&Value::Object(new.options)).map_err(AppError::Input)?;
    let whole = registrations::whole(app, &registration, &integration)?;
    let bound = integration.manifest.bind(&whole).map_err(AppError::Input)?;
    let document = registrations::document(&bound, &registration.state);
    let function = Function::Attach { registration: document, input: input.clone() };
    let target = Target::of(app, &caller.org_name, &integration, &registration, bound).while_waiting();
    let context = json!({"workflow": {
        "id": workflow.id, "name": workflow.name, "project": workflow.project, "team": null,
    }});
    let state = answered(target.call(app, function, context).await?)?;
    let attachment = Attachment {
        id: AttachmentId::from_uuid(app.id()),
        org: caller.org,
        registration_id: registration.id,
        registration: registration.name,
        integration: registration.integration,
        workflow_id: workflow.id,
        project: workflow.project,
        workflow: workflow.name,
        configuration: input,
        state,
        created_at: app.now(),
    };
    let audit = app.audit(caller, "attachment-add", subject(&attachment));
    app.repositories.attach(&attachment, &audit).await?;
    Ok(attachment)
}

/// The attachments that the caller sees, the oldest first.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(
    app: &App,
    caller: &Caller,
    project: Option<ProjectName>,
    workflow: Option<WorkflowName>,
    page: &PageRequest,
) -> Result<Page<Attachment>, AppError> {
    if project.as_ref().is_some_and(|asked| !caller.sees(asked)) {
        return Ok(Page { items: vec![], next: None });
    }
    let project = caller.project.clone().or(project);
    Ok(app.repositories.attachments(caller.org, project.as_ref(), workflow.as_ref(), page).await?)
}

/// The attachment with that id, if the caller sees it.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn describe(app: &App, caller: &Caller, id: AttachmentId) -> Result<Attachment, AppError> {
    let attachment = app.repositories.attachment(caller.org, id).await?;
    attachment.filter(|attachment| caller.sees(&attachment.project)).ok_or_else(absent)
}

/// Detaches: nothing more is delivered, pending deliveries are cancelled, and the integration is told.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn delete(app: &App, caller: &Caller, id: AttachmentId) -> Result<Attachment, AppError> {
    let attachment = describe(app, caller, id).await?;
    let audit = app.audit(caller, "attachment-delete", subject(&attachment));
    if !app.repositories.detach(caller.org, id, app.now(), &audit).await? {
        return Err(absent());
    }
    if let Err(error) = take_back(app, caller, &attachment).await {
        tracing::warn!(attachment = %id, error = &error as &dyn std::error::Error, "an integration was not told that it is detached");
    }
    Ok(attachment)
}

/// Makes deliveries of what was pushed to the workflow before the attachment was there, since an instant if one is given;
/// how many are new.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn backfill(app: &App, caller: &Caller, id: AttachmentId, since: Option<Timestamp>) -> Result<u64, AppError> {
    let attachment = describe(app, caller, id).await?;
    let audit = app.audit(caller, "attachment-backfill", subject(&attachment));
    let created = app.repositories.backfill(caller.org, id, since, app.now(), &audit).await?;
    app.deliveries_due.notify_one();
    Ok(created)
}

async fn workflow(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &WorkflowName,
) -> Result<Workflow, AppError> {
    let absent = || AppError::NotFound { what: "workflow" };
    if !caller.sees(project) {
        return Err(absent());
    }
    app.repositories.workflow(caller.org, project, name).await?.ok_or_else(absent)
}

async fn take_back(app: &App, caller: &Caller, attachment: &Attachment) -> Result<(), AppError> {
    let registration = registrations::describe(app, caller, &attachment.registration).await?;
    let integration = integrations::find(app, caller.org, &registration.integration).await?;
    let whole = registrations::whole(app, &registration, &integration)?;
    let bound = integration.manifest.bind(&whole).map_err(AppError::Input)?;
    let function = Function::Detach {
        registration: registrations::document(&bound, &registration.state),
        attachment: document(attachment),
    };
    let target = Target::of(app, &caller.org_name, &integration, &registration, bound).while_waiting();
    answered(target.call(app, function, Value::Null).await?).map(drop)
}

/// What a call is told of an attachment.
pub(crate) fn document(attachment: &Attachment) -> Value {
    json!({"configuration": attachment.configuration, "state": attachment.state})
}

fn subject(attachment: &Attachment) -> String {
    let Attachment { id, registration, project, workflow, .. } = attachment;
    format!("{registration} to {project}/{workflow} ({id})")
}

const fn absent() -> AppError {
    AppError::NotFound { what: "attachment" }
}
