use assay_base::{OrgId, RunId};
use assay_model::{Run, RunState, Verdict};

use super::fixture::{accept, assert_cursor_refused, at, audit, new_run, open, org, page, push, walk};
use super::judging::judged;
use crate::{Repositories, RunFilter};

pub(super) async fn all(repos: &dyn Repositories) {
    a_run_comes_back_as_it_was_opened(repos).await;
    lists_are_newest_first_and_filtered(repos).await;
    only_open_runs_are_finished(repos).await;
}

async fn a_run_comes_back_as_it_was_opened(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let new = new_run(org, "shop", "build", 1);
    let opened = repos.open_run(&new, &audit(1)).await.unwrap();
    let expected = Run {
        id: new.id,
        org,
        workflow_id: new.workflow_id,
        project: new.project,
        workflow: new.workflow,
        version: new.version,
        state: RunState::Open,
        contract: new.contract,
        pins: new.pins,
        runner: new.runner,
        created_at: new.created_at,
        expires_at: new.expires_at,
        finished_at: None,
        reason: None,
        digest: None,
        verdict: None,
    };
    assert_eq!(opened, expected);
    assert_eq!(repos.run(org, new.id).await.unwrap(), Some(expected));
}

/// Seven runs, one a second: open, expired in time, expired and noted, cancelled, pushed, judged, of another project.
async fn seven(repos: &dyn Repositories, org: OrgId) -> Vec<RunId> {
    let mut ids = Vec::new();
    for seconds in 1..=6 {
        let mut new = new_run(org, "shop", if seconds % 2 == 0 { "even" } else { "odd" }, seconds);
        if seconds == 2 {
            new.expires_at = at(10);
        }
        let run = repos.open_run(&new, &audit(seconds)).await.unwrap();
        ids.push(run.id);
        match seconds {
            3 => drop(repos.finish_run(org, run.id, RunState::Expired, None, &audit(3)).await.unwrap()),
            4 => drop(repos.finish_run(org, run.id, RunState::Cancelled, Some("why"), &audit(4)).await.unwrap()),
            5 => drop(accept(repos, &push(&run, b"x", 5)).await),
            6 => {
                let lease = accept(repos, &push(&run, b"x", 6)).await;
                assert!(repos.judge(org, run.id, &judged(), lease, at(78)).await.unwrap());
            }
            _ => {}
        }
    }
    ids.push(repos.open_run(&new_run(org, "other", "even", 7), &audit(7)).await.unwrap().id);
    ids
}

async fn lists_are_newest_first_and_filtered(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let ids = seven(repos, org).await;
    let of = |numbers: &[usize]| numbers.iter().map(|n| ids[n - 1]).collect::<Vec<_>>();
    let state = |state| RunFilter { state: Some(state), ..RunFilter::default() };
    let project = || Some("shop".parse().unwrap());
    let workflow = || Some("even".parse().unwrap());
    let cases = [
        (RunFilter::default(), of(&[7, 6, 5, 4, 3, 2, 1])),
        (RunFilter { project: project(), ..RunFilter::default() }, of(&[6, 5, 4, 3, 2, 1])),
        (RunFilter { workflow: workflow(), ..RunFilter::default() }, of(&[7, 6, 4, 2])),
        (RunFilter { project: project(), workflow: workflow(), ..RunFilter::default() }, of(&[6, 4, 2])),
        (RunFilter { verdict: Some(Verdict::NonCompliant), ..RunFilter::default() }, of(&[6])),
        (RunFilter { verdict: Some(Verdict::Compliant), ..RunFilter::default() }, of(&[])),
        (state(RunState::Open), of(&[7, 1])),
        (state(RunState::Expired), of(&[3, 2])),
        (state(RunState::Cancelled), of(&[4])),
        (state(RunState::Pushed), of(&[6, 5])),
        (state(RunState::Failed), of(&[])),
    ];
    for (filter, expected) in cases {
        for limit in [1, 2, 50] {
            let found = walk!(limit, |page| repos.runs(org, &filter, at(10), &page));
            assert_eq!(found.iter().map(|run| run.id).collect::<Vec<_>>(), expected, "{filter:?} by {limit}");
        }
    }
    assert_cursor_refused(&repos.runs(org, &RunFilter::default(), at(0), &page(1, Some("17".to_owned()))).await);
}

async fn only_open_runs_are_finished(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let finish = |id, state, seconds| async move {
        repos.finish_run(org, id, state, Some("no more"), &audit(seconds)).await.unwrap()
    };
    assert_eq!(finish(run.id, RunState::Failed, 2).await, Some(RunState::Failed));
    assert_eq!(finish(run.id, RunState::Cancelled, 3).await, Some(RunState::Failed));
    let found = repos.run(org, run.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.finished_at), (RunState::Failed, Some(at(2))));
    assert_eq!(found.reason.as_deref(), Some("no more"));
    let late = open(repos, org, "build", 1).await;
    assert_eq!(finish(late.id, RunState::Cancelled, 3601).await, Some(RunState::Expired));
    let absent = new_run(org, "shop", "build", 1);
    assert_eq!(finish(absent.id, RunState::Cancelled, 2).await, None);
}
