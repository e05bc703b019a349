use assay_model::{AttemptOutcome, DeliveryState, Health, NextStep};

use super::fixture::{accept, at, audit, open, org, page, push};
use super::judging::judged;
use super::wiring::{attach, claim, deliver, end, judged_run, register, wired};
use crate::{DeliveryFilter, LeasedDelivery, Repositories};

pub(super) async fn all(repos: &dyn Repositories) {
    whatever_was_sent_is_sent_again(repos).await;
    what_is_under_way_is_not_sent_beside_itself(repos).await;
    what_cannot_be_sent_again_stays(repos).await;
    a_replay_goes_by_its_filter(repos).await;
    a_backfill_makes_each_delivery_once(repos).await;
    a_backfill_takes_what_is_pushed_since(repos).await;
    what_is_backfilled_for_an_unhealthy_registration_is_held(repos).await;
}

async fn whatever_was_sent_is_sent_again(repos: &dyn Repositories) {
    use AttemptOutcome::{Delivered, Permanent, Unauthorized};
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let steps = [
        (Delivered, NextStep::Finish(DeliveryState::Delivered)),
        (Permanent, NextStep::Finish(DeliveryState::Dead)),
        (Unauthorized, NextStep::Hold("401".to_owned())),
    ];
    let mut now = 10;
    for (attempts, (outcome, next)) in (1..).zip(steps) {
        let leased = claim(repos, org, at(now)).await.remove(0);
        assert!(end(repos, &leased, outcome, next, now).await);
        assert_eq!(claim(repos, org, at(now + 9)).await, []);
        now += 10;
        let again = repos.redeliver(org, leased.delivery.id, at(now), &audit(now)).await.unwrap().unwrap();
        assert_eq!((again.id, again.state, again.attempts), (leased.delivery.id, DeliveryState::Pending, attempts));
        assert_eq!((again.due_since, again.next_attempt_at), (Some(at(now)), Some(at(now))));
        assert_eq!(again.finished_at, None);
        assert_eq!(repos.delivery(org, again.id).await.unwrap(), Some(again));
    }
    // The registration is still unhealthy: somebody wanted to know.
    let leased = claim(repos, org, at(now)).await.remove(0);
    assert_eq!((leased.delivery.attempts, leased.tries), (3, 0));
}

async fn what_is_under_way_is_not_sent_beside_itself(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let first = claim(repos, org, at(1)).await.remove(0);
    let before = repos.delivery(org, first.delivery.id).await.unwrap();
    assert_eq!(repos.redeliver(org, first.delivery.id, at(2), &audit(2)).await.unwrap(), before);
    assert_eq!(repos.replay(org, &DeliveryFilter::default(), at(2), &audit(2)).await.unwrap(), []);
    assert_eq!(claim(repos, org, at(3)).await, []);
    assert!(deliver(repos, &first, 4).await);
    assert!(repos.redeliver(org, first.delivery.id, at(5), &audit(5)).await.unwrap().is_some());
    let second = claim(repos, org, at(5)).await.remove(0);
    assert!(second.delivery.id == first.delivery.id && deliver(repos, &second, 6).await);
    assert_eq!(repos.attempts(org, first.delivery.id).await.unwrap().len(), 2);
}

async fn what_cannot_be_sent_again_stays(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (_, attachment) = wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let leased = claim(repos, org, at(1)).await.remove(0);
    assert!(deliver(repos, &leased, 2).await);
    let run = open(repos, org, "build", 2).await;
    let lease = accept(repos, &push(&run, b"x", 2)).await;
    let filter = DeliveryFilter { run: Some(run.id), ..DeliveryFilter::default() };
    let unjudged = repos.deliveries(org, &filter, &page(9, None)).await.unwrap().items.remove(0);
    let answer = repos.redeliver(org, unjudged.id, at(3), &audit(3)).await.unwrap();
    assert_eq!(answer.as_ref(), Some(&unjudged), "there is no verdict yet");
    assert!(repos.detach(org, attachment.id, at(4), &audit(4)).await.unwrap());
    assert!(repos.judge(org, run.id, &judged(), lease, at(5)).await.unwrap());
    for id in [leased.delivery.id, unjudged.id] {
        assert_eq!(repos.redeliver(org, id, at(6), &audit(6)).await.unwrap(), None, "its attachment is gone");
    }
    assert_eq!(repos.replay(org, &DeliveryFilter::default(), at(6), &audit(6)).await.unwrap(), []);
    assert_eq!(claim(repos, org, at(99)).await, []);
}

async fn a_replay_goes_by_its_filter(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    wired(repos, org, "other").await;
    let mut runs = vec![];
    for seconds in 1..=3 {
        runs.push(judged_run(repos, org, seconds).await);
    }
    for leased in claim(repos, org, at(3)).await {
        assert!(deliver(repos, &leased, 4).await);
    }
    let every = DeliveryFilter::default;
    let of = |name: &str| DeliveryFilter { registration: Some(name.parse().unwrap()), ..every() };
    let cases = [
        (of("hook"), vec![2, 1, 0]),
        (DeliveryFilter { since: Some(at(2)), ..of("hook") }, vec![2, 1]),
        (DeliveryFilter { run: Some(runs[1]), ..of("other") }, vec![1]),
        (DeliveryFilter { state: Some(DeliveryState::Dead), ..every() }, vec![]),
        (DeliveryFilter { project: Some("bank".parse().unwrap()), ..every() }, vec![]),
        (DeliveryFilter { project: Some("shop".parse().unwrap()), ..of("other") }, vec![2, 1, 0]),
        (of("absent"), vec![]),
    ];
    for (filter, expected) in cases {
        let again = repos.replay(org, &filter, at(10), &audit(10)).await.unwrap();
        let expected: Vec<_> = expected.into_iter().map(|i: usize| runs[i]).collect();
        assert_eq!(again.iter().map(|one| one.run).collect::<Vec<_>>(), expected, "{filter:?}");
        assert!(again.iter().all(|one| one.next_attempt_at == Some(at(10)) && one.state == DeliveryState::Pending));
        assert_eq!(claim(repos, org, at(9)).await, []);
        let leased = claim(repos, org, at(10)).await;
        assert_eq!(leased.len(), expected.len(), "{filter:?}");
        for leased in leased {
            assert!(deliver(repos, &leased, 11).await);
        }
    }
}

async fn a_backfill_makes_each_delivery_once(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let registration = register(repos, org, "late").await;
    for seconds in 1..=3 {
        judged_run(repos, org, seconds).await;
    }
    let attachment = attach(repos, &registration).await;
    let with = judged_run(repos, org, 4).await;
    let fill =
        |seconds| async move { repos.backfill(org, attachment.id, None, at(seconds), &audit(seconds)).await.unwrap() };
    assert_eq!(fill(5).await, 3);
    assert_eq!(fill(6).await, 0, "twice the same backfill delivers twice");
    let found = repos.deliveries(org, &DeliveryFilter::default(), &page(9, None)).await.unwrap().items;
    assert_eq!((found.len(), found[3].run), (4, with));
    assert!(found[..3].iter().all(|one| (one.created_at, one.due_since) == (at(5), Some(at(5)))), "{found:?}");
    let leased: Vec<LeasedDelivery> = claim(repos, org, at(5)).await;
    assert_eq!(leased.len(), 4);
    for leased in &leased {
        assert!(deliver(repos, leased, 6).await);
    }
    assert_eq!(fill(7).await, 0);
    assert!(repos.detach(org, attachment.id, at(8), &audit(8)).await.unwrap());
    assert_eq!(fill(9).await, 0, "it is gone");
}

async fn a_backfill_takes_what_is_pushed_since(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let registration = register(repos, org, "late").await;
    for seconds in [10, 20, 30] {
        judged_run(repos, org, seconds).await;
    }
    let unjudged = open(repos, org, "build", 40).await;
    let lease = accept(repos, &push(&unjudged, b"x", 40)).await;
    open(repos, org, "build", 50).await;
    let elsewhere = open(repos, org, "scan", 60).await;
    accept(repos, &push(&elsewhere, b"x", 60)).await;
    let attachment = attach(repos, &registration).await;
    for (since, created) in [(Some(at(41)), 0), (Some(at(31)), 1), (Some(at(20)), 2), (None, 1)] {
        let filled = repos.backfill(org, attachment.id, since, at(70), &audit(70)).await.unwrap();
        assert_eq!(filled, created, "{since:?}");
    }
    let due = claim(repos, org, at(70)).await;
    assert!(
        due.len() == 3 && due.iter().all(|one| one.delivery.run != unjudged.id),
        "there is no verdict yet: {due:?}"
    );
    assert!(repos.judge(org, unjudged.id, &judged(), lease, at(80)).await.unwrap());
    let late = claim(repos, org, at(80)).await;
    assert_eq!(
        late.iter().map(|one| one.delivery.run).collect::<Vec<_>>(),
        [unjudged.id],
        "pushed before, judged after"
    );
}

async fn what_is_backfilled_for_an_unhealthy_registration_is_held(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let registration = register(repos, org, "late").await;
    judged_run(repos, org, 1).await;
    let attachment = attach(repos, &registration).await;
    let reason = Health::Unhealthy { reason: "401".to_owned() };
    repos.set_health(org, registration.id, &reason, at(2)).await.unwrap();
    assert_eq!(repos.backfill(org, attachment.id, None, at(3), &audit(3)).await.unwrap(), 1);
    assert_eq!(claim(repos, org, at(99)).await, []);
    repos.set_health(org, registration.id, &Health::Healthy, at(4)).await.unwrap();
    assert_eq!(claim(repos, org, at(4)).await.len(), 1);
}
