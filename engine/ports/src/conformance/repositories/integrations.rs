use assay_base::Digest;

use super::fixture::{audit, org};
use super::wiring::{component, registration};
use crate::{Removal, Repositories};

pub(super) async fn all(repos: &dyn Repositories) {
    one_component_has_an_id(repos).await;
    what_is_in_use_stays(repos).await;
    the_bytes_of_a_component_are_referred_to(repos).await;
}

async fn one_component_has_an_id(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (old, mut new) = (component(org, "guac", b"one"), component(org, "guac", b"two"));
    new.signer = None;
    let other = component(org, "abacus", b"three");
    for one in [&old, &new, &other] {
        repos.install(one, &audit(0)).await.unwrap();
    }
    assert_eq!(repos.installed(org, &new.id).await.unwrap().as_ref(), Some(&new));
    assert_eq!(repos.all_installed(org).await.unwrap(), [other, new.clone()]);
    assert_eq!(repos.uninstall(org, &new.id, &audit(1)).await.unwrap(), Removal::Removed);
    assert_eq!(repos.uninstall(org, &new.id, &audit(1)).await.unwrap(), Removal::Absent);
    assert_eq!(repos.installed(org, &new.id).await.unwrap(), None);
}

async fn what_is_in_use_stays(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (component, registration) = (component(org, "webhook", b"one"), registration(org, "hook"));
    repos.install(&component, &audit(0)).await.unwrap();
    repos.register(&registration, &[], &audit(0)).await.unwrap();
    assert_eq!(repos.uninstall(org, &component.id, &audit(1)).await.unwrap(), Removal::InUse);
    assert_eq!(repos.installed(org, &component.id).await.unwrap().as_ref(), Some(&component));
    assert_eq!(repos.deregister(org, &registration.name, &audit(2)).await.unwrap(), Removal::Removed);
    assert_eq!(repos.uninstall(org, &component.id, &audit(3)).await.unwrap(), Removal::Removed);
}

async fn the_bytes_of_a_component_are_referred_to(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let component = component(org, "webhook", b"component");
    let digest = Digest::of(b"component");
    assert!(!repos.refers_to(org, digest).await.unwrap());
    repos.install(&component, &audit(0)).await.unwrap();
    assert!(repos.refers_to(org, digest).await.unwrap());
    repos.uninstall(org, &component.id, &audit(1)).await.unwrap();
    assert!(!repos.refers_to(org, digest).await.unwrap());
}
