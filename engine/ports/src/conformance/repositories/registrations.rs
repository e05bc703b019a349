use assay_model::{Health, Registration};
use serde_json::json;

use super::fixture::{assert_cursor_refused, at, audit, org, page, walk};
use super::wiring::{register, registration, wired};
use crate::{Removal, Repositories, RepositoryError};

pub(super) async fn all(repos: &dyn Repositories) {
    a_registration_comes_back_as_it_was_given(repos).await;
    an_update_writes_what_may_change(repos).await;
    a_name_is_given_once_and_free_again(repos).await;
    lists_are_by_name(repos).await;
    state_begins_with_its_registration(repos).await;
    state_is_kept_by_key_and_bounded(repos).await;
}

async fn a_registration_comes_back_as_it_was_given(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let healthy = register(repos, org, "hook").await;
    let mut other = registration(org, "other");
    other.health = Health::Unhealthy { reason: "401".to_owned() };
    other.description = None;
    repos.register(&other, &[], &audit(0)).await.unwrap();
    for one in [healthy, other] {
        assert_eq!(repos.registration(org, &one.name).await.unwrap().as_ref(), Some(&one));
        assert_eq!(repos.registration_by_id(org, one.id).await.unwrap(), Some(one));
    }
    assert_eq!(repos.registration(org, &"absent".parse().unwrap()).await.unwrap(), None);
}

async fn an_update_writes_what_may_change(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let made = register(repos, org, "hook").await;
    let changed = Registration {
        version: "1.1.0".to_owned(),
        description: None,
        configuration: json!({"url": "https://example.org/two"}),
        sealed: vec![],
        state: json!(null),
        health: Health::Unhealthy { reason: "403".to_owned() },
        updated_at: at(5),
        ..made.clone()
    };
    assert!(repos.update_registration(&changed, at(0), &audit(5)).await.unwrap());
    assert_eq!(repos.registration(org, &made.name).await.unwrap().as_ref(), Some(&changed));
    let late = Registration { version: "2.0.0".to_owned(), updated_at: at(6), ..changed.clone() };
    assert!(!repos.update_registration(&late, at(0), &audit(6)).await.unwrap(), "somebody else was faster");
    assert_eq!(repos.registration(org, &made.name).await.unwrap().as_ref(), Some(&changed));
    repos.set_health(org, made.id, &Health::Healthy, at(6)).await.unwrap();
    let healed = Registration { health: Health::Healthy, ..changed };
    assert_eq!(repos.registration(org, &made.name).await.unwrap().as_ref(), Some(&healed));
    assert!(!repos.update_registration(&registration(org, "hook"), at(0), &audit(7)).await.unwrap(), "another id");
    assert_eq!(repos.deregister(org, &made.name, &audit(8)).await.unwrap(), Removal::Removed);
    assert!(!repos.update_registration(&healed, at(5), &audit(9)).await.unwrap());
}

async fn a_name_is_given_once_and_free_again(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (first, attachment) = wired(repos, org, "hook").await;
    let second = registration(org, "hook");
    let result = repos.register(&second, &[], &audit(1)).await;
    assert!(matches!(result, Err(RepositoryError::Taken { what: "registration" })), "{result:?}");
    assert_eq!(repos.deregister(org, &first.name, &audit(2)).await.unwrap(), Removal::InUse);
    assert_eq!(repos.registration(org, &first.name).await.unwrap().as_ref(), Some(&first));
    assert!(repos.detach(org, attachment.id, at(3), &audit(3)).await.unwrap());
    assert_eq!(repos.deregister(org, &first.name, &audit(4)).await.unwrap(), Removal::Removed);
    assert_eq!(repos.deregister(org, &first.name, &audit(5)).await.unwrap(), Removal::Absent);
    assert_eq!(repos.registration_by_id(org, first.id).await.unwrap(), None);
    repos.register(&second, &[], &audit(6)).await.unwrap();
}

async fn lists_are_by_name(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    for name in ["c", "a", "d", "b"] {
        register(repos, org, name).await;
    }
    let found = walk!(3, |page| repos.registrations(org, &page));
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_cursor_refused(&repos.registrations(org, &page(1, Some("A B".to_owned()))).await);
}

async fn state_begins_with_its_registration(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let given = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())];
    let one = registration(org, "one");
    repos.register(&one, &given, &audit(0)).await.unwrap();
    assert_eq!(repos.state(org, one.id).await.unwrap(), given);
    let again = registration(org, "one");
    assert!(repos.register(&again, &given, &audit(1)).await.is_err());
    assert_eq!(repos.state(org, again.id).await.unwrap(), [], "all or nothing");
}

async fn state_is_kept_by_key_and_bounded(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (one, other) = (register(repos, org, "one").await, register(repos, org, "other").await);
    let set = |key: String, value: Option<&'static str>| async move {
        repos.state_set(org, one.id, &key, value).await.unwrap()
    };
    for i in 0..64 {
        assert!(set(format!("k{i}"), Some("v")).await);
    }
    assert!(!set("k64".to_owned(), Some("v")).await, "there are 64");
    assert!(set("k7".to_owned(), Some("new")).await, "one of the 64");
    assert_eq!(repos.state_get(org, one.id, "k7").await.unwrap().as_deref(), Some("new"));
    assert_eq!(repos.state_get(org, one.id, "k64").await.unwrap(), None);
    assert_eq!(repos.state_get(org, other.id, "k7").await.unwrap(), None);
    assert!(set("k7".to_owned(), None).await && set("k7".to_owned(), None).await);
    assert_eq!(repos.state_get(org, one.id, "k7").await.unwrap(), None);
    assert!(set("k64".to_owned(), Some("")).await);
    assert_eq!(repos.state_get(org, one.id, "k64").await.unwrap().as_deref(), Some(""));
    assert_eq!(repos.deregister(org, &one.name, &audit(1)).await.unwrap(), Removal::Removed);
    assert_eq!(repos.state_get(org, one.id, "k1").await.unwrap(), None);
    assert!(!set("k1".to_owned(), Some("v")).await, "it is gone");
}
