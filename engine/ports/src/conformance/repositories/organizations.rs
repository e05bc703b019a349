use super::fixture::{assert_cursor_refused, audit, authority, fresh_org_id, new_token, org, page, walk};
use crate::{AuthorityKind, Repositories, RepositoryError};

pub(super) async fn all(repos: &dyn Repositories) {
    an_organization_comes_with_all_that_belongs_to_it(repos).await;
    a_name_is_given_once_and_a_refusal_leaves_nothing(repos).await;
    lists_are_by_name(repos).await;
}

async fn an_organization_comes_with_all_that_belongs_to_it(repos: &dyn Repositories) {
    let org = org(repos).await;
    assert_eq!(repos.org(&org.name).await.unwrap(), Some(org.clone()));
    assert_eq!(repos.org_by_id(org.id).await.unwrap(), Some(org.clone()));
    assert_eq!(repos.org_by_id(fresh_org_id()).await.unwrap(), None);
    let kinds = [AuthorityKind::Certificate, AuthorityKind::Timestamp];
    assert_eq!(repos.authorities(org.id).await.unwrap(), kinds.map(|kind| authority(org.id, kind)));
    let tokens = repos.tokens(org.id, &page(10, None)).await.unwrap();
    assert_eq!(tokens.items.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["owner"]);
    assert_eq!(repos.org(&"nobody".parse().unwrap()).await.unwrap(), None);
}

async fn a_name_is_given_once_and_a_refusal_leaves_nothing(repos: &dyn Repositories) {
    let mut second = org(repos).await;
    second.id = fresh_org_id();
    let owner = new_token(second.id, "owner");
    let result = repos.create_org(&second, &[], &owner, &audit(0)).await;
    assert!(matches!(result, Err(RepositoryError::Taken { what: "organization" })), "{result:?}");
    assert!(repos.token(owner.token.id).await.unwrap().is_none());
}

async fn lists_are_by_name(repos: &dyn Repositories) {
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(org(repos).await.name);
    }
    let names: Vec<_> = walk!(2, |page| repos.orgs(&page)).into_iter().map(|org| org.name).collect();
    assert!(names.is_sorted() && made.iter().all(|name| names.contains(name)), "{names:?}");
    let mut unique = names.clone();
    unique.dedup();
    assert_eq!(unique, names);
    assert_cursor_refused(&repos.orgs(&page(2, Some("Not A Name".to_owned()))).await);
}
