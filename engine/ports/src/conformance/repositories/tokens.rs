use assay_model::Role;

use super::fixture::{assert_cursor_refused, at, audit, new_token, org, page, walk};
use crate::{Repositories, RepositoryError};

pub(super) async fn all(repos: &dyn Repositories) {
    a_token_is_found_with_its_organization(repos).await;
    a_name_is_free_again_when_its_token_is_dead(repos).await;
    only_the_own_organization_revokes(repos).await;
    use_is_noted_to_the_minute(repos).await;
    lists_are_by_name_and_without_revoked_ones(repos).await;
}

async fn a_token_is_found_with_its_organization(repos: &dyn Repositories) {
    let org = org(repos).await;
    let mut new = new_token(org.id, "ci");
    new.token.role = Role::Contributor;
    new.token.project = Some("shop".parse().unwrap());
    new.token.expires_at = Some(at(1000));
    repos.create_token(&new, &audit(0)).await.unwrap();
    assert_eq!(repos.token(new.token.id).await.unwrap(), Some((new, org.name)));
    assert_eq!(repos.token(new_token(org.id, "never").token.id).await.unwrap(), None);
}

async fn a_name_is_free_again_when_its_token_is_dead(repos: &dyn Repositories) {
    let org = org(repos).await;
    let first = new_token(org.id, "ci");
    repos.create_token(&first, &audit(0)).await.unwrap();
    let mut second = new_token(org.id, "ci");
    let result = repos.create_token(&second, &audit(1)).await;
    assert!(matches!(result, Err(RepositoryError::Taken { what: "token" })), "{result:?}");
    assert!(repos.revoke_token(org.id, &first.token.name, &audit(2)).await.unwrap());
    assert!(!repos.revoke_token(org.id, &first.token.name, &audit(3)).await.unwrap());
    second.token.expires_at = Some(at(10));
    repos.create_token(&second, &audit(4)).await.unwrap();
    let (revoked, _) = repos.token(first.token.id).await.unwrap().unwrap();
    assert_eq!(revoked.token.revoked_at, Some(at(2)));
    let mut third = new_token(org.id, "ci");
    third.token.created_at = at(9);
    let result = repos.create_token(&third, &audit(9)).await;
    assert!(matches!(result, Err(RepositoryError::Taken { .. })), "the second one lives until 10: {result:?}");
    third.token.created_at = at(10);
    repos.create_token(&third, &audit(10)).await.unwrap();
}

async fn only_the_own_organization_revokes(repos: &dyn Repositories) {
    let (own, foreign) = (org(repos).await, org(repos).await);
    let new = new_token(own.id, "ci");
    repos.create_token(&new, &audit(0)).await.unwrap();
    assert!(!repos.revoke_token(foreign.id, &new.token.name, &audit(1)).await.unwrap());
    assert_eq!(repos.token(new.token.id).await.unwrap().unwrap().0.token.revoked_at, None);
}

async fn use_is_noted_to_the_minute(repos: &dyn Repositories) {
    let org = org(repos).await;
    let new = new_token(org.id, "ci");
    repos.create_token(&new, &audit(0)).await.unwrap();
    for (seconds, noted) in [(5, 5), (6, 5), (64, 5), (65, 65), (70, 65)] {
        repos.touch_token(new.token.id, at(seconds)).await.unwrap();
        let (found, _) = repos.token(new.token.id).await.unwrap().unwrap();
        assert_eq!(found.token.last_used_at, Some(at(noted)), "at {seconds}");
    }
}

async fn lists_are_by_name_and_without_revoked_ones(repos: &dyn Repositories) {
    let org = org(repos).await;
    for name in ["d", "b", "c", "a"] {
        repos.create_token(&new_token(org.id, name), &audit(0)).await.unwrap();
    }
    repos.revoke_token(org.id, &"c".parse().unwrap(), &audit(1)).await.unwrap();
    let names: Vec<_> = walk!(2, |page| repos.tokens(org.id, &page)).into_iter().map(|t| t.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "d", "owner"]);
    assert_cursor_refused(&repos.tokens(org.id, &page(2, Some("-".to_owned()))).await);
}
