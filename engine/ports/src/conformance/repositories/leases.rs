use std::collections::HashSet;

use assay_base::OrgId;
use assay_model::{AttemptOutcome, DeliveryState, Health, NextStep};
use futures_util::future::join_all;

use super::fixture::{at, audit, org};
use super::wiring::{PERIOD, claim, deliver, end, judged_run, settle, shown, wired};
use crate::{LeasedDelivery, Repositories};

pub(super) async fn all(repos: &dyn Repositories) {
    two_claimers_never_hold_the_same(repos).await;
    the_newest_holder_decides(repos).await;
    a_lease_can_be_given_back(repos).await;
    the_longest_due_come_first(repos).await;
    a_registration_has_its_share(repos).await;
    the_next_instant_is_known(repos).await;
    what_has_no_room_is_not_waited_for(repos).await;
    failing_registrations_hold_up_nobody(repos).await;
    an_organization_leaves_room_for_others(repos).await;
    what_began_before_an_update_decides_nothing(repos).await;
}

async fn runs(repos: &dyn Repositories, org: OrgId, from: u64, count: u64) {
    for seconds in from..from + count {
        judged_run(repos, org, seconds).await;
    }
}

/// How many deliveries of each registration were leased.
fn counts(leased: &[LeasedDelivery], names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| leased.iter().filter(|one| one.delivery.registration.as_str() == *name).count()).collect()
}

async fn two_claimers_never_hold_the_same(repos: &dyn Repositories) {
    settle(repos).await;
    let org = org(repos).await.id;
    wired(repos, org, "one").await;
    wired(repos, org, "two").await;
    runs(repos, org, 1, 10).await;
    let claims = join_all((0..8).map(|_| repos.claim_deliveries(at(99), PERIOD, 5, 1000))).await;
    let leased: Vec<_> = claims.into_iter().flat_map(Result::unwrap).collect();
    let distinct: HashSet<_> = leased.iter().map(|one| one.delivery.id).collect();
    assert_eq!((leased.len(), distinct.len()), (20, 20));
    assert_eq!(claim(repos, org, at(99)).await, []);
}

async fn the_newest_holder_decides(repos: &dyn Repositories) {
    use AttemptOutcome::{Delivered, Permanent, Unauthorized};
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let old = claim(repos, org, at(1000)).await.remove(0);
    assert_eq!(claim(repos, org, at(1599)).await, [], "the lease lasts until 1600");
    let new = claim(repos, org, at(1600)).await.remove(0);
    assert!(new.delivery.id == old.delivery.id && new.fence > old.fence, "{old:?} {new:?}");
    let dead = NextStep::Finish(DeliveryState::Dead);
    assert!(!end(repos, &old, Permanent, dead.clone(), 1601).await);
    let hold = NextStep::Hold("401".to_owned());
    assert!(!end(repos, &old, Unauthorized, hold, 1601).await);
    assert_eq!(shown(repos, &new).await, (DeliveryState::Pending, 0, Some(at(1))));
    repos.release_delivery(&old).await.unwrap();
    assert_eq!(claim(repos, org, at(1602)).await, [], "the old holder has nothing to give back");
    assert!(deliver(repos, &new, 1603).await);
    assert!(!end(repos, &old, Permanent, dead, 1604).await);
    assert_eq!(shown(repos, &new).await, (DeliveryState::Delivered, 1, None));
    let outcomes: Vec<_> = repos.attempts(org, new.delivery.id).await.unwrap().iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Permanent, Unauthorized, Delivered, Permanent], "what happened is recorded all the same");
}

async fn a_lease_can_be_given_back(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let first = claim(repos, org, at(1)).await.remove(0);
    repos.release_delivery(&first).await.unwrap();
    let second = claim(repos, org, at(1)).await.remove(0);
    assert!(second.fence > first.fence && second.tries == 0);
    repos.release_deliveries().await.unwrap();
    assert_eq!(claim(repos, org, at(1)).await.len(), 1);
}

async fn the_longest_due_come_first(repos: &dyn Repositories) {
    settle(repos).await;
    let org = org(repos).await.id;
    wired(repos, org, "a").await;
    wired(repos, org, "b").await;
    runs(repos, org, 10, 3).await;
    let take = |limit| async move { repos.claim_deliveries(at(99), PERIOD, limit, 1000).await.unwrap() };
    let first = take(3).await;
    let due = |leased: &[LeasedDelivery]| leased.iter().map(|one| one.delivery.next_attempt_at).collect::<Vec<_>>();
    assert_eq!(due(&first), [Some(at(10)), Some(at(10)), Some(at(11))]);
    // What is tried again stands behind what waited longer.
    assert!(end(repos, &first[0], AttemptOutcome::Retryable, NextStep::Retry(at(20)), 15).await);
    repos.release_delivery(&first[1]).await.unwrap();
    repos.set_health(org, first[0].delivery.registration_id, &Health::Healthy, at(16)).await.unwrap();
    let second = take(1000).await;
    assert_eq!(due(&second), [Some(at(10)), Some(at(11)), Some(at(12)), Some(at(12)), Some(at(20))]);
}

async fn a_registration_has_its_share(repos: &dyn Repositories) {
    settle(repos).await;
    let org = org(repos).await.id;
    wired(repos, org, "crowded").await;
    runs(repos, org, 1, 6).await;
    wired(repos, org, "quiet").await;
    wired(repos, org, "failing").await;
    runs(repos, org, 100, 2).await;
    let names = ["crowded", "quiet", "failing"];
    let take = || async { repos.claim_deliveries(at(999), PERIOD, 64, 3).await.unwrap() };
    let first = take().await;
    assert_eq!(counts(&first, &names), [3, 2, 2], "six of one hide nobody");
    assert_eq!(take().await, [], "everybody has a full share");
    for one in first.iter().filter(|one| one.delivery.registration.as_str() == "failing") {
        assert!(end(repos, one, AttemptOutcome::Retryable, NextStep::Retry(at(100)), 200).await);
    }
    let second = take().await;
    assert_eq!(counts(&second, &names), [0, 0, 1], "the last attempt failed");
    assert_eq!(take().await, []);
    assert!(deliver(repos, &second[0], 201).await);
    assert_eq!(counts(&take().await, &names), [0, 0, 1], "all that is left");
    assert!(deliver(repos, &first[0], 202).await);
    assert_eq!(counts(&take().await, &names), [1, 0, 0]);
    settle(repos).await;
}

async fn the_next_instant_is_known(repos: &dyn Repositories) {
    settle(repos).await;
    assert_eq!(repos.next_due(4).await.unwrap(), None);
    let org = org(repos).await.id;
    wired(repos, org, "a").await;
    wired(repos, org, "b").await;
    judged_run(repos, org, 10).await;
    assert_eq!(repos.next_due(4).await.unwrap(), Some(at(10)));
    let leased = claim(repos, org, at(20)).await;
    assert_eq!(repos.next_due(4).await.unwrap(), Some(at(620)), "when the leases end");
    assert!(end(repos, &leased[0], AttemptOutcome::Retryable, NextStep::Retry(at(40)), 21).await);
    assert!(end(repos, &leased[1], AttemptOutcome::Retryable, NextStep::Retry(at(30)), 21).await);
    assert_eq!(repos.next_due(4).await.unwrap(), Some(at(30)));
    settle(repos).await;
    assert_eq!(repos.next_due(4).await.unwrap(), None);
}

async fn what_has_no_room_is_not_waited_for(repos: &dyn Repositories) {
    settle(repos).await;
    let org = org(repos).await.id;
    wired(repos, org, "crowded").await;
    runs(repos, org, 1, 3).await;
    let leased = repos.claim_deliveries(at(10), PERIOD, 64, 2).await.unwrap();
    assert_eq!(leased.len(), 2);
    assert_eq!(repos.next_due(2).await.unwrap(), Some(at(610)), "when the leases end");
    assert_eq!(repos.next_due(3).await.unwrap(), Some(at(3)));
    assert!(deliver(repos, &leased[0], 11).await);
    assert_eq!(repos.next_due(2).await.unwrap(), Some(at(3)));
    assert!(end(repos, &leased[1], AttemptOutcome::Retryable, NextStep::Retry(at(50)), 12).await);
    assert_eq!(repos.claim_deliveries(at(13), PERIOD, 64, 2).await.unwrap().len(), 1);
    assert_eq!(repos.next_due(2).await.unwrap(), Some(at(613)), "it fails: one at a time");
    settle(repos).await;
}

async fn failing_registrations_hold_up_nobody(repos: &dyn Repositories) {
    settle(repos).await;
    let org = org(repos).await.id;
    for number in 0..64 {
        wired(repos, org, &format!("failing-{number}")).await;
    }
    runs(repos, org, 1, 8).await;
    for leased in repos.claim_deliveries(at(10), PERIOD, 10_000, 1).await.unwrap() {
        assert!(end(repos, &leased, AttemptOutcome::Retryable, NextStep::Retry(at(11)), 10).await);
    }
    wired(repos, org, "healthy").await;
    judged_run(repos, org, 100).await;
    let take = |limit| async move { repos.claim_deliveries(at(999), PERIOD, limit, 4).await.unwrap() };
    let first = take(64).await;
    assert_eq!(counts(&first, &["healthy"]), [1], "512 that wait for longer hide it");
    assert_eq!(first.len(), 33, "half of 64 fail, and nothing else is due");
    assert_eq!(take(31).await, [], "the others' half is not theirs");
    judged_run(repos, org, 200).await;
    assert_eq!(counts(&take(31).await, &["healthy"]), [1]);
    settle(repos).await;
}

async fn an_organization_leaves_room_for_others(repos: &dyn Repositories) {
    settle(repos).await;
    let (many, few) = (org(repos).await.id, org(repos).await.id);
    for number in 0..20 {
        wired(repos, many, &format!("slow-{number}")).await;
    }
    runs(repos, many, 1, 4).await;
    let take = |limit| async move { repos.claim_deliveries(at(999), PERIOD, limit, 4).await.unwrap() };
    let of = |leased: &[LeasedDelivery], org| leased.iter().filter(|one| one.delivery.org == org).count();
    let alone = take(10).await;
    assert_eq!(of(&alone, many), 10, "nobody else wants anything");
    wired(repos, few, "hook").await;
    runs(repos, few, 100, 2).await;
    let both = take(10).await;
    assert_eq!((of(&both, many), of(&both, few)), (0, 2), "it has its half of 20 already");
    assert_eq!(take(8).await.len(), 8, "nobody else wants anything");
    settle(repos).await;
}

async fn what_began_before_an_update_decides_nothing(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (mut registration, _) = wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let old = claim(repos, org, at(1)).await.remove(0);
    registration.updated_at = at(5);
    assert!(repos.update_registration(&registration, at(0), &audit(5)).await.unwrap());
    let refused = NextStep::Hold("401".to_owned());
    assert!(!end(repos, &old, AttemptOutcome::Unauthorized, refused.clone(), 6).await, "it had the old credential");
    let health = repos.registration_by_id(org, registration.id).await.unwrap().unwrap().health;
    assert_eq!(health, Health::Healthy);
    let new = claim(repos, org, at(6)).await.remove(0);
    assert_eq!((new.delivery.id, new.delivery.due_since, new.tries), (old.delivery.id, Some(at(5)), 0));
    // The same when a test finds that the destination takes it again; but not when nothing was wrong.
    repos.set_health(org, registration.id, &Health::Healthy, at(7)).await.unwrap();
    assert_eq!(claim(repos, org, at(7)).await, []);
    let reason = Health::Unhealthy { reason: "403".to_owned() };
    repos.set_health(org, registration.id, &reason, at(8)).await.unwrap();
    repos.set_health(org, registration.id, &Health::Healthy, at(9)).await.unwrap();
    assert!(!end(repos, &new, AttemptOutcome::Unauthorized, refused, 10).await);
    let last = claim(repos, org, at(10)).await.remove(0);
    assert!(deliver(repos, &last, 11).await);
}
