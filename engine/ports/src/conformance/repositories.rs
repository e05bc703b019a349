//! The conformance suite of [`Repositories`].

use assay_base::OrgId;

use crate::Repositories;

mod again;
mod attachments;
mod deliveries;
mod documents;
pub(crate) mod fixture;
mod foreign_integrations;
mod integrations;
mod judging;
mod keys;
mod leases;
mod organizations;
mod pushes;
mod registrations;
mod runs;
mod tenancy;
mod tokens;
mod wiring;
mod workflows;

/// Makes an organization to measure with.
pub async fn make_org(repos: &dyn Repositories) -> OrgId {
    fixture::org(repos).await.id
}

/// Opens a run, pushes to it and judges it: what a small attestation costs, for measurements.
pub async fn attest_once(repos: &dyn Repositories, org: OrgId) {
    let run = fixture::open(repos, org, "build", 1).await;
    let lease = fixture::accept(repos, &fixture::push(&run, b"image", 2)).await;
    assert!(repos.judge(org, run.id, &judging::judged(), lease, fixture::at(78)).await.unwrap());
}

/// Attaches so many registrations to the workflow of [`attest_once`], for measurements.
pub async fn wire(repos: &dyn Repositories, org: OrgId, registrations: u32) {
    for number in 0..registrations {
        wiring::wired(repos, org, &format!("r{number}")).await;
    }
}

/// Takes up to `limit` deliveries and delivers them; how many there were.
pub async fn deliver_some(repos: &dyn Repositories, limit: u32) -> usize {
    let leased = repos.claim_deliveries(fixture::at(9999), wiring::PERIOD, limit, 4).await.unwrap();
    for one in &leased {
        assert!(wiring::deliver(repos, one, 9999).await);
    }
    leased.len()
}

/// Runs the whole suite. Cases make organizations of their own; the store may hold others.
pub async fn all(repos: &dyn Repositories) {
    organizations::all(repos).await;
    tokens::all(repos).await;
    keys::all(repos).await;
    documents::all(repos).await;
    workflows::all(repos).await;
    runs::all(repos).await;
    pushes::all(repos).await;
    judging::all(repos).await;
    tenancy::all(repos).await;
    integrations::all(repos).await;
    registrations::all(repos).await;
    attachments::all(repos).await;
    deliveries::all(repos).await;
    leases::all(repos).await;
    again::all(repos).await;
    foreign_integrations::all(repos).await;
}
