//! Registrations, attachments and deliveries to begin a case with.

use std::time::Duration;

use assay_base::{
    AttachmentId, Digest, FixedClock, IntegrationId, OrgId, RegistrationId, RunId, Timestamp, WorkflowId, new_id,
};
use assay_model::{
    Attachment, Attempt, AttemptOutcome, DeliveryState, Health, InstalledIntegration, NextStep, Registration, Run,
};
use serde_json::json;

use super::fixture::{Counting, accept, at, audit, open, push};
use super::judging::judged;
use crate::{Deliveries, LeasedDelivery, Repositories};

/// How long deliveries are leased.
pub(super) const PERIOD: Duration = Duration::from_mins(10);

pub(super) fn component(org: OrgId, id: &str, content: &[u8]) -> InstalledIntegration {
    InstalledIntegration {
        org,
        id: id.parse().unwrap(),
        digest: Digest::of(content),
        manifest: format!("{{\"id\":\"{id}\"}}"),
        signer: Some("sha256:key".to_owned()),
        installed_at: at(0),
    }
}

pub(super) fn registration(org: OrgId, name: &str) -> Registration {
    Registration {
        id: RegistrationId::from_uuid(new_id(&FixedClock(at(0)), &Counting)),
        org,
        name: name.parse().unwrap(),
        integration: "webhook".parse::<IntegrationId>().unwrap(),
        version: "1.0.0".to_owned(),
        description: Some("to whom it may concern".to_owned()),
        configuration: json!({"url": "https://example.org/é", "secret": {"$secret": "set"}, "depth": 3}),
        sealed: vec![1, 0, 0xff],
        state: json!({"seen": [1, 2.5, null]}),
        health: Health::Healthy,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A registration that is stored.
pub(super) async fn register(repos: &dyn Repositories, org: OrgId, name: &str) -> Registration {
    let registration = registration(org, name);
    repos.register(&registration, &[], &audit(0)).await.unwrap();
    registration
}

pub(super) fn attachment(registration: &Registration, run: &Run, seconds: u64) -> Attachment {
    Attachment {
        id: AttachmentId::from_uuid(new_id(&FixedClock(at(seconds)), &Counting)),
        org: registration.org,
        registration_id: registration.id,
        registration: registration.name.clone(),
        integration: registration.integration.clone(),
        workflow_id: run.workflow_id,
        project: run.project.clone(),
        workflow: run.workflow.clone(),
        configuration: json!({"send_sbom": true}),
        state: json!({}),
        created_at: at(seconds),
    }
}

/// A stored attachment to the workflow `build`.
pub(super) async fn attach(repos: &dyn Repositories, registration: &Registration) -> Attachment {
    let run = open(repos, registration.org, "build", 0).await;
    let attachment = attachment(registration, &run, 0);
    repos.attach(&attachment, &audit(0)).await.unwrap();
    attachment
}

/// An organization's registration that is attached to its workflow `build`.
pub(super) async fn wired(repos: &dyn Repositories, org: OrgId, name: &str) -> (Registration, Attachment) {
    let registration = register(repos, org, name).await;
    let attachment = attach(repos, &registration).await;
    (registration, attachment)
}

/// A run of `build` that is pushed and judged at `seconds`.
pub(super) async fn judged_run(repos: &dyn Repositories, org: OrgId, seconds: u64) -> RunId {
    let run = open(repos, org, "build", seconds).await;
    let lease = accept(repos, &push(&run, b"x", seconds)).await;
    assert!(repos.judge(org, run.id, &judged(), lease, at(seconds)).await.unwrap());
    run.id
}

/// The deliveries of one organization among those that can be had at `now`.
pub(super) async fn claim(repos: &dyn Repositories, org: OrgId, now: Timestamp) -> Vec<LeasedDelivery> {
    let leased = repos.claim_deliveries(now, PERIOD, 10_000, 1000).await.unwrap();
    leased.into_iter().filter(|leased| leased.delivery.org == org).collect()
}

/// Ends what other cases have left, so that limits can be counted.
pub(super) async fn settle(repos: &dyn Repositories) {
    repos.release_deliveries().await.unwrap();
    loop {
        let leased = repos.claim_deliveries(at(9_999_999), PERIOD, 10_000, 1000).await.unwrap();
        if leased.is_empty() {
            break;
        }
        for leased in leased {
            end(repos, &leased, AttemptOutcome::Permanent, NextStep::Finish(DeliveryState::Dead), 0).await;
        }
    }
}

pub(super) fn attempt(outcome: AttemptOutcome, seconds: u64) -> Attempt {
    Attempt {
        at: at(seconds),
        outcome,
        status_code: Some(503),
        duration_us: 1234,
        message: "busy `é`".to_owned(),
        request_head: Some("POST /hook HTTP/1.1".to_owned()),
        response_head: None,
    }
}

/// Records an attempt at `seconds`; whether it decided.
pub(super) async fn end(
    repos: &dyn Repositories,
    leased: &LeasedDelivery,
    outcome: AttemptOutcome,
    next: NextStep,
    seconds: u64,
) -> bool {
    repos.attempted(leased, &attempt(outcome, seconds), &next, at(seconds)).await.unwrap()
}

/// Delivers what is leased.
pub(super) async fn deliver(repos: &dyn Repositories, leased: &LeasedDelivery, seconds: u64) -> bool {
    end(repos, leased, AttemptOutcome::Delivered, NextStep::Finish(DeliveryState::Delivered), seconds).await
}

/// A workflow that no run has.
pub(super) fn no_workflow() -> WorkflowId {
    WorkflowId::from_uuid(new_id(&FixedClock(at(0)), &Counting))
}

/// State, number of attempts, and next attempt of a delivery.
pub(super) async fn shown(
    repos: &(impl Deliveries + ?Sized),
    leased: &LeasedDelivery,
) -> (DeliveryState, u32, Option<Timestamp>) {
    let found = repos.delivery(leased.delivery.org, leased.delivery.id).await.unwrap().unwrap();
    (found.state, found.attempts, found.next_attempt_at)
}
