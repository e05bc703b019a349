use assay_base::OrgId;
use assay_model::{AttemptOutcome, Delivery, DeliveryState, Health, NextStep, RunState, delivery_id};

use super::fixture::{accept, assert_cursor_refused, at, audit, fresh_job_id, open, org, page, push, walk};
use super::judging::judged;
use super::wiring::{attempt, claim, deliver, end, judged_run, register, shown, wired};
use crate::{DeliveryFilter, Repositories};

pub(super) async fn all(repos: &dyn Repositories) {
    a_push_owes_its_deliveries_and_a_verdict_makes_them_due(repos).await;
    what_is_not_accepted_owes_nothing(repos).await;
    attempts_are_remembered_in_order(repos).await;
    an_unhealthy_registration_holds_its_deliveries(repos).await;
    what_was_under_way_waits_like_the_others(repos).await;
    what_is_cancelled_stays_so(repos).await;
    lists_are_newest_first_and_filtered(repos).await;
}

async fn all_of(repos: &dyn Repositories, org: OrgId) -> Vec<Delivery> {
    repos.deliveries(org, &DeliveryFilter::default(), &page(1000, None)).await.unwrap().items
}

async fn a_push_owes_its_deliveries_and_a_verdict_makes_them_due(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (registration, attachment) = wired(repos, org, "hook").await;
    let run = open(repos, org, "build", 1).await;
    assert_eq!(all_of(repos, org).await, []);
    let lease = accept(repos, &push(&run, b"x", 2)).await;
    let mut expected = Delivery {
        id: delivery_id(run.id, attachment.id),
        org,
        run: run.id,
        attachment: attachment.id,
        registration_id: registration.id,
        registration: registration.name,
        state: DeliveryState::Pending,
        attempts: 0,
        due_since: None,
        next_attempt_at: None,
        created_at: at(2),
        finished_at: None,
    };
    assert_eq!(all_of(repos, org).await, [expected.clone()]);
    assert_eq!(claim(repos, org, at(9999)).await, [], "there is no verdict yet");
    assert!(repos.judge(org, run.id, &judged(), lease, at(3)).await.unwrap());
    (expected.due_since, expected.next_attempt_at) = (Some(at(3)), Some(at(3)));
    assert_eq!(repos.delivery(org, expected.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(claim(repos, org, at(2)).await, []);
    let leased = claim(repos, org, at(3)).await;
    assert_eq!(leased.iter().map(|leased| (&leased.delivery, leased.tries)).collect::<Vec<_>>(), [(&expected, 0)]);
    // A verdict that comes twice changes nothing.
    assert!(!repos.judge(org, run.id, &judged(), lease, at(4)).await.unwrap());
    assert!(deliver(repos, &leased[0], 5).await);
    expected.state = DeliveryState::Delivered;
    (expected.attempts, expected.next_attempt_at, expected.finished_at) = (1, None, Some(at(5)));
    assert_eq!(repos.delivery(org, expected.id).await.unwrap(), Some(expected));
    assert_eq!(claim(repos, org, at(9999)).await, []);
}

async fn what_is_not_accepted_owes_nothing(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    let pushed = open(repos, org, "build", 1).await;
    let first = push(&pushed, b"x", 2);
    accept(repos, &first).await;
    // Again, another one, one of a run that is over, one that is too late, and one of another workflow.
    let over = open(repos, org, "build", 1).await;
    repos.finish_run(org, over.id, RunState::Cancelled, None, &audit(2)).await.unwrap();
    let late = open(repos, org, "build", 1).await;
    for refused in [first, push(&pushed, b"y", 3), push(&over, b"x", 3), push(&late, b"x", 99_999)] {
        repos.accept(&refused, fresh_job_id(), at(100), &audit(3)).await.unwrap();
    }
    let elsewhere = open(repos, org, "scan", 1).await;
    accept(repos, &push(&elsewhere, b"x", 2)).await;
    let found = all_of(repos, org).await;
    assert_eq!(found.iter().map(|delivery| delivery.run).collect::<Vec<_>>(), [pushed.id]);
}

async fn attempts_are_remembered_in_order(repos: &dyn Repositories) {
    use AttemptOutcome::{Delivered, Retryable, Trap};
    let org = org(repos).await.id;
    wired(repos, org, "hook").await;
    judged_run(repos, org, 1).await;
    let first = claim(repos, org, at(1)).await.remove(0);
    assert!(end(repos, &first, Retryable, NextStep::Retry(at(4)), 2).await);
    assert_eq!(shown(repos, &first).await, (DeliveryState::Pending, 1, Some(at(4))));
    assert!(!end(repos, &first, Retryable, NextStep::Retry(at(5)), 2).await, "the lease has ended");
    assert_eq!(claim(repos, org, at(3)).await, []);
    let second = claim(repos, org, at(4)).await.remove(0);
    assert_eq!((second.delivery.id, second.delivery.attempts, second.tries), (first.delivery.id, 1, 1));
    let mut bare = attempt(Trap, 5);
    (bare.status_code, bare.request_head, bare.response_head) = (None, None, Some("HTTP/1.1 200".to_owned()));
    assert!(repos.attempted(&second, &bare, &NextStep::Retry(at(6)), at(5)).await.unwrap());
    let third = claim(repos, org, at(6)).await.remove(0);
    assert!(deliver(repos, &third, 6).await);
    let expected = [attempt(Retryable, 2), attempt(Retryable, 2), bare, attempt(Delivered, 6)];
    assert_eq!(repos.attempts(org, first.delivery.id).await.unwrap(), expected);
    assert_eq!(shown(repos, &first).await, (DeliveryState::Delivered, 3, None));
}

async fn an_unhealthy_registration_holds_its_deliveries(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (mut registration, _) = wired(repos, org, "hook").await;
    let (other, _) = wired(repos, org, "other").await;
    judged_run(repos, org, 1).await;
    judged_run(repos, org, 2).await;
    let leased = claim(repos, org, at(2)).await;
    let (of_other, own): (Vec<_>, Vec<_>) = leased.into_iter().partition(|one| one.delivery.registration == other.name);
    assert_eq!((of_other.len(), own.len()), (2, 2));
    let reason = "401 Unauthorized".to_owned();
    assert!(end(repos, &own[0], AttemptOutcome::Unauthorized, NextStep::Hold(reason.clone()), 3).await);
    let health = repos.registration_by_id(org, registration.id).await.unwrap().unwrap().health;
    assert_eq!(health, Health::Unhealthy { reason });
    repos.release_deliveries().await.unwrap();
    judged_run(repos, org, 4).await;
    let names = |leased: &[crate::LeasedDelivery]| -> Vec<_> {
        leased.iter().map(|one| one.delivery.registration.clone()).collect()
    };
    assert_eq!(names(&claim(repos, org, at(99)).await), vec![other.name.clone(); 3], "also what is judged later");
    for filter in [Some(registration.name.clone()), Some(other.name.clone())] {
        let filter = DeliveryFilter { registration: filter, ..DeliveryFilter::default() };
        assert_eq!(repos.deliveries(org, &filter, &page(9, None)).await.unwrap().items.len(), 3);
    }
    registration.updated_at = at(100);
    assert!(repos.update_registration(&registration, at(0), &audit(100)).await.unwrap());
    assert_eq!(claim(repos, org, at(99)).await, []);
    let released = claim(repos, org, at(100)).await;
    assert_eq!(names(&released), vec![registration.name; 3]);
    assert!(released.iter().all(|one| one.delivery.due_since == Some(at(100)) && one.tries == 0), "{released:?}");
}

async fn what_was_under_way_waits_like_the_others(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (registration, _) = wired(repos, org, "hook").await;
    for seconds in 1..=3 {
        judged_run(repos, org, seconds).await;
    }
    let leased = claim(repos, org, at(3)).await;
    let refused = NextStep::Hold("403".to_owned());
    assert!(end(repos, &leased[0], AttemptOutcome::Unauthorized, refused, 4).await);
    assert!(end(repos, &leased[1], AttemptOutcome::Retryable, NextStep::Retry(at(5)), 4).await);
    assert!(deliver(repos, &leased[2], 4).await);
    assert_eq!(shown(repos, &leased[1]).await, (DeliveryState::Pending, 1, None));
    assert_eq!(claim(repos, org, at(99)).await, []);
    repos.set_health(org, registration.id, &Health::Healthy, at(50)).await.unwrap();
    assert_eq!(claim(repos, org, at(50)).await.len(), 2);
}

async fn what_is_cancelled_stays_so(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (registration, attachment) = wired(repos, org, "hook").await;
    let (done, under_way) = (judged_run(repos, org, 1).await, judged_run(repos, org, 2).await);
    let leased = claim(repos, org, at(2)).await;
    assert_eq!(leased.iter().map(|one| one.delivery.run).collect::<Vec<_>>(), [done, under_way]);
    assert!(deliver(repos, &leased[0], 3).await);
    let unjudged = open(repos, org, "build", 3).await;
    let lease = accept(repos, &push(&unjudged, b"x", 3)).await;
    assert!(repos.detach(org, attachment.id, at(4), &audit(4)).await.unwrap());
    // All the ways in which one might come back.
    assert!(deliver(repos, &leased[1], 5).await);
    assert!(repos.judge(org, unjudged.id, &judged(), lease, at(5)).await.unwrap());
    repos.set_health(org, registration.id, &Health::Healthy, at(5)).await.unwrap();
    assert_eq!(claim(repos, org, at(99)).await, []);
    let states: Vec<_> = all_of(repos, org).await.iter().map(|one| (one.state, one.finished_at)).collect();
    let cancelled = (DeliveryState::Cancelled, Some(at(4)));
    assert_eq!(states, [cancelled, cancelled, (DeliveryState::Delivered, Some(at(3)))]);
    assert_eq!(repos.attempts(org, leased[1].delivery.id).await.unwrap().len(), 1);
    assert_eq!(repos.delivery(org, leased[1].delivery.id).await.unwrap().unwrap().attempts, 1);
    repos.deregister(org, &registration.name, &audit(6)).await.unwrap();
    assert_eq!(all_of(repos, org).await.len(), 3, "history outlives the registration");
}

async fn lists_are_newest_first_and_filtered(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (hook, attachment) = wired(repos, org, "hook").await;
    let mut runs = vec![];
    for seconds in 1..=3 {
        runs.push(judged_run(repos, org, seconds).await);
    }
    wired(repos, org, "late").await;
    runs.push(judged_run(repos, org, 4).await);
    let leased = claim(repos, org, at(1)).await;
    assert!(deliver(repos, &leased[0], 5).await);
    register(repos, org, "unused").await;
    let every = DeliveryFilter::default;
    let of = |name: &str| DeliveryFilter { registration: Some(name.parse().unwrap()), ..every() };
    let cases = [
        (every(), 5),
        (of("hook"), 4),
        (of("late"), 1),
        (of("unused"), 0),
        (DeliveryFilter { run: Some(runs[3]), ..every() }, 2),
        (DeliveryFilter { run: Some(runs[0]), ..of("late") }, 0),
        (DeliveryFilter { state: Some(DeliveryState::Delivered), ..every() }, 1),
        (DeliveryFilter { state: Some(DeliveryState::Pending), ..of("hook") }, 3),
        (DeliveryFilter { since: Some(at(3)), ..every() }, 3),
        (DeliveryFilter { project: Some("shop".parse().unwrap()), ..every() }, 5),
        (DeliveryFilter { project: Some("bank".parse().unwrap()), ..every() }, 0),
    ];
    for (filter, count) in cases {
        for limit in [1, 2, 50] {
            let found = walk!(limit, |page| repos.deliveries(org, &filter, &page));
            assert_eq!(found.len(), count, "{filter:?} by {limit}");
            assert!(found.is_sorted_by(|a, b| (a.created_at, a.id) > (b.created_at, b.id)), "{found:?}");
        }
    }
    let of_hook = walk!(2, |page| repos.deliveries(org, &of("hook"), &page));
    assert_eq!(of_hook.iter().map(|one| one.run).collect::<Vec<_>>(), [runs[3], runs[2], runs[1], runs[0]]);
    assert!(of_hook.iter().all(|one| one.attachment == attachment.id && one.registration_id == hook.id));
    for bad in ["17", "x/y", "17/18"] {
        assert_cursor_refused(&repos.deliveries(org, &every(), &page(1, Some(bad.to_owned()))).await);
    }
}
