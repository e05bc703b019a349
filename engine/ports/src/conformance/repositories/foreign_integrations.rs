use assay_base::OrgId;
use assay_model::{Attachment, Health, Registration};

use super::fixture::{at, audit, org, page};
use super::wiring::{PERIOD, attachment, attempt, claim, component, judged_run, registration, wired};
use crate::{DeliveryFilter, LeasedDelivery, Removal, Repositories};

/// What one organization has registered, attached and sent, another one neither reads nor changes.
pub(super) async fn all(repos: &dyn Repositories) {
    let (own, foreign) = (org(repos).await.id, org(repos).await.id);
    let component = component(own, "webhook", b"component");
    repos.install(&component, &audit(0)).await.unwrap();
    let (registration, attachment) = wired(repos, own, "hook").await;
    assert!(repos.state_set(own, registration.id, "k", Some("v")).await.unwrap());
    judged_run(repos, own, 1).await;
    let leased = claim(repos, own, at(1)).await.remove(0);
    foreign_components(repos, foreign, &component.id).await;
    foreign_registrations(repos, foreign, &registration).await;
    foreign_attachments(repos, foreign, &registration, &attachment).await;
    foreign_deliveries(repos, foreign, &leased).await;
    // Nothing has changed.
    assert_eq!(repos.installed(own, &component.id).await.unwrap(), Some(component));
    assert_eq!(repos.registration(own, &registration.name).await.unwrap(), Some(registration.clone()));
    assert_eq!(repos.state_get(own, registration.id, "k").await.unwrap().as_deref(), Some("v"));
    assert_eq!(repos.attachment(own, attachment.id).await.unwrap(), Some(attachment));
    let found = repos.delivery(own, leased.delivery.id).await.unwrap();
    assert_eq!(
        (found.as_ref(), repos.attempts(own, leased.delivery.id).await.unwrap().len()),
        (Some(&leased.delivery), 0)
    );
    assert!(repos.claim_deliveries(at(2), PERIOD, 100, 100).await.unwrap().iter().all(|one| one.delivery.org != own));
}

async fn foreign_components(repos: &dyn Repositories, org: OrgId, id: &assay_base::IntegrationId) {
    assert_eq!(repos.installed(org, id).await.unwrap(), None);
    assert_eq!(repos.all_installed(org).await.unwrap(), []);
    assert_eq!(repos.uninstall(org, id, &audit(1)).await.unwrap(), Removal::Absent);
    // The same id is free here.
    repos.install(&component(org, id.as_str(), b"other"), &audit(1)).await.unwrap();
    assert_eq!(repos.uninstall(org, id, &audit(1)).await.unwrap(), Removal::Removed, "the registration is another's");
}

async fn foreign_registrations(repos: &dyn Repositories, org: OrgId, own: &Registration) {
    assert_eq!(repos.registration(org, &own.name).await.unwrap(), None);
    assert_eq!(repos.registration_by_id(org, own.id).await.unwrap(), None);
    assert!(repos.registrations(org, &page(9, None)).await.unwrap().items.is_empty());
    let stolen = Registration { org, sealed: vec![], ..own.clone() };
    assert!(!repos.update_registration(&stolen, at(0), &audit(1)).await.unwrap());
    let unhealthy = Health::Unhealthy { reason: "no".to_owned() };
    repos.set_health(org, own.id, &unhealthy, at(1)).await.unwrap();
    assert_eq!(repos.state_get(org, own.id, "k").await.unwrap(), None);
    assert!(!repos.state_set(org, own.id, "k", Some("stolen")).await.unwrap());
    repos.state_set(org, own.id, "k", None).await.unwrap();
    assert_eq!(repos.deregister(org, &own.name, &audit(1)).await.unwrap(), Removal::Absent);
    repos.register(&registration(org, own.name.as_str()), &[], &audit(1)).await.unwrap();
}

async fn foreign_attachments(repos: &dyn Repositories, org: OrgId, own: &Registration, attached: &Attachment) {
    assert_eq!(repos.attachment(org, attached.id).await.unwrap(), None);
    assert!(repos.attachments(org, None, None, &page(9, None)).await.unwrap().items.is_empty());
    assert!(!repos.detach(org, attached.id, at(1), &audit(1)).await.unwrap());
    let run = super::fixture::open(repos, org, "build", 1).await;
    let theirs = Attachment { org, ..attachment(own, &run, 1) };
    assert!(repos.attach(&theirs, &audit(1)).await.is_err(), "the registration is another's");
    assert_eq!(repos.backfill(org, attached.id, None, at(1), &audit(1)).await.unwrap(), 0);
    // A workflow of the same name here owes nothing to the attachments there.
    let judged = judged_run(repos, org, 2).await;
    let filter = DeliveryFilter { run: Some(judged), ..DeliveryFilter::default() };
    assert!(repos.deliveries(org, &filter, &page(9, None)).await.unwrap().items.is_empty());
}

async fn foreign_deliveries(repos: &dyn Repositories, org: OrgId, own: &LeasedDelivery) {
    let id = own.delivery.id;
    assert_eq!(repos.delivery(org, id).await.unwrap(), None);
    assert_eq!(repos.attempts(org, id).await.unwrap(), []);
    assert!(repos.deliveries(org, &DeliveryFilter::default(), &page(9, None)).await.unwrap().items.is_empty());
    assert_eq!(repos.redeliver(org, id, at(1), &audit(1)).await.unwrap(), None);
    assert_eq!(repos.replay(org, &DeliveryFilter::default(), at(1), &audit(1)).await.unwrap(), []);
    let mut stolen = own.clone();
    stolen.delivery.org = org;
    let (attempt, dead) = (
        attempt(assay_model::AttemptOutcome::Permanent, 1),
        assay_model::NextStep::Finish(assay_model::DeliveryState::Dead),
    );
    assert!(!repos.attempted(&stolen, &attempt, &dead, at(1)).await.unwrap());
    repos.release_delivery(&stolen).await.unwrap();
}
