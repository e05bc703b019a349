use std::time::Duration;

use assay_app::deliveries::DeliveryDetails;
use assay_app::integrations::Integration;
use assay_app::registrations::Tested;
use assay_integration::Limits;
use assay_model as model;
use assay_wire as wire;

/// An integration in a list.
pub fn integration_item(integration: &Integration) -> wire::IntegrationItem {
    let manifest = &integration.manifest;
    wire::IntegrationItem {
        id: manifest.id().clone(),
        version: manifest.version().to_owned(),
        title: manifest.title().to_owned(),
        source: integration.source.as_str().to_owned(),
        digest: integration.digest,
    }
}

/// An integration, whole.
pub fn integration(integration: &Integration) -> wire::IntegrationDescription {
    let manifest = &integration.manifest;
    wire::IntegrationDescription {
        item: integration_item(integration),
        description: manifest.description().map(ToOwned::to_owned),
        api: manifest.api().to_owned(),
        signer: integration.signer.clone(),
        subscribes: manifest.subscribes().clone(),
        network: manifest.network().clone(),
        limits: limits(manifest.limits()),
        registration_schema: manifest.registration_schema().clone(),
        attachment_schema: manifest.attachment_schema().clone(),
    }
}

fn limits(limits: Limits) -> wire::IntegrationLimits {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    wire::IntegrationLimits {
        memory_mb: u64::try_from(limits.memory >> 20).unwrap_or(u64::MAX),
        cpu_ms: millis(limits.cpu),
        wall_ms: millis(limits.wall),
        requests: limits.requests,
    }
}

/// A registration, without its secrets.
pub fn registration(registration: &model::Registration) -> wire::RegistrationItem {
    let (state, reason) = match &registration.health {
        model::Health::Healthy => ("healthy", None),
        model::Health::Unhealthy { reason } => ("unhealthy", Some(reason.clone())),
    };
    wire::RegistrationItem {
        name: registration.name.clone(),
        integration: registration.integration.clone(),
        version: registration.version.clone(),
        description: registration.description.clone(),
        state: state.to_owned(),
        reason,
        configuration: registration.configuration.clone(),
        created_at: registration.created_at,
        updated_at: registration.updated_at,
    }
}

/// What trying a destination came to.
pub fn tested(tested: &Tested) -> wire::RegistrationTest {
    wire::RegistrationTest { ok: tested.ok, message: tested.message.clone() }
}

/// An attachment.
pub fn attachment(attachment: &model::Attachment) -> wire::AttachmentItem {
    wire::AttachmentItem {
        id: attachment.id,
        registration: attachment.registration.clone(),
        integration: attachment.integration.clone(),
        workflow: attachment.workflow.clone(),
        project: attachment.project.clone(),
        configuration: attachment.configuration.clone(),
        created_at: attachment.created_at,
    }
}

/// A delivery in a list.
pub fn delivery_item(delivery: &model::Delivery) -> wire::DeliveryItem {
    wire::DeliveryItem {
        id: delivery.id,
        run_id: delivery.run,
        registration: delivery.registration.clone(),
        attachment_id: delivery.attachment,
        state: delivery.state.as_str().to_owned(),
        attempts: delivery.attempts,
        next_attempt_at: delivery.next_attempt_at,
        created_at: delivery.created_at,
        finished_at: delivery.finished_at,
    }
}

/// A delivery with its attempts.
pub fn delivery(details: &DeliveryDetails) -> wire::DeliveryDescription {
    wire::DeliveryDescription {
        item: delivery_item(&details.delivery),
        history: details.history.iter().map(attempt).collect(),
    }
}

fn attempt(attempt: &model::Attempt) -> wire::DeliveryAttempt {
    wire::DeliveryAttempt {
        at: attempt.at,
        outcome: attempt.outcome.as_str().to_owned(),
        status_code: attempt.status_code,
        duration_us: attempt.duration_us,
        message: attempt.message.clone(),
        request_head: attempt.request_head.clone(),
        response_head: attempt.response_head.clone(),
    }
}
