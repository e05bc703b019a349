use assay_model::{RunState, Workflow};

use super::fixture::{accept, assert_cursor_refused, at, audit, new_run, open, org, page, push, walk};
use crate::{Repositories, RepositoryError};

pub(super) async fn all(repos: &dyn Repositories) {
    the_first_run_makes_the_workflow_and_binds_it(repos).await;
    a_workflow_can_be_bound_anew(repos).await;
    lists_count_runs_and_show_the_newest(repos).await;
}

async fn the_first_run_makes_the_workflow_and_binds_it(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let first = new_run(org, "shop", "build", 1);
    let run = repos.open_run(&first, &audit(1)).await.unwrap();
    assert_eq!(run.workflow_id, first.workflow_id);
    let expected = Workflow {
        id: first.workflow_id,
        org,
        project: first.project.clone(),
        name: first.workflow.clone(),
        contract: first.binding.clone(),
        created_at: at(1),
    };
    assert_eq!(repos.workflow(org, &first.project, &first.workflow).await.unwrap(), Some(expected));
    let second = repos.open_run(&new_run(org, "shop", "build", 2), &audit(2)).await.unwrap();
    assert_eq!(second.workflow_id, first.workflow_id);
    for binding in [None, Some("weaker".parse().unwrap())] {
        let mut other = new_run(org, "shop", "build", 3);
        other.binding = binding;
        let result = repos.open_run(&other, &audit(3)).await;
        assert!(matches!(result, Err(RepositoryError::Bound)), "{result:?}");
        assert_eq!(repos.run(org, other.id).await.unwrap(), None);
    }
    let mut unbound = new_run(org, "shop", "free", 4);
    unbound.binding = None;
    repos.open_run(&unbound, &audit(4)).await.unwrap();
    let free = repos.workflow(org, &unbound.project, &unbound.workflow).await.unwrap().unwrap();
    assert_eq!(free.contract, None);
    let result = repos.open_run(&new_run(org, "shop", "free", 5), &audit(5)).await;
    assert!(matches!(result, Err(RepositoryError::Bound)), "{result:?}");
}

async fn a_workflow_can_be_bound_anew(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let contract = "stronger".parse().unwrap();
    let bound = repos.bind_workflow(org, &run.project, &run.workflow, &contract, &audit(2)).await.unwrap().unwrap();
    assert_eq!((bound.workflow.id, bound.workflow.contract.as_ref()), (run.workflow_id, Some(&contract)));
    assert_eq!((bound.runs, bound.last_run.as_ref().map(|last| last.id)), (1, Some(run.id)));
    assert_eq!(repos.workflow(org, &run.project, &run.workflow).await.unwrap(), Some(bound.workflow));
    let absent = "absent".parse().unwrap();
    assert_eq!(repos.bind_workflow(org, &run.project, &absent, &contract, &audit(2)).await.unwrap(), None);
    let result = repos.open_run(&new_run(org, "shop", "build", 3), &audit(3)).await;
    assert!(matches!(result, Err(RepositoryError::Bound)), "{result:?}");
}

async fn lists_count_runs_and_show_the_newest(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    for (project, workflow, seconds) in
        [("b", "x", 1), ("a", "y", 2), ("a", "x", 3), ("a-b", "x", 4), ("a", "y", 5), ("a", "y", 6)]
    {
        let run = repos.open_run(&new_run(org, project, workflow, seconds), &audit(seconds)).await.unwrap();
        if seconds == 6 {
            accept(repos, &push(&run, b"x", 7)).await;
        }
    }
    let shown = |items: Vec<assay_model::WorkflowItem>| -> Vec<_> {
        let last = |i: &assay_model::WorkflowItem| i.last_run.as_ref().map(|r| (r.state, r.created_at));
        items.iter().map(|i| (format!("{}/{}", i.workflow.project, i.workflow.name), i.runs, last(i))).collect()
    };
    let row = |name: &str, runs, state, seconds| (name.to_owned(), runs, Some((state, at(seconds))));
    let all = walk!(2, |page| repos.workflows(org, None, at(3602), &page));
    let expected = [
        row("a/x", 1, RunState::Open, 3),
        row("a/y", 3, RunState::Pushed, 6),
        row("a-b/x", 1, RunState::Open, 4),
        row("b/x", 1, RunState::Expired, 1),
    ];
    assert_eq!(shown(all), expected);
    let project = "a".parse().unwrap();
    let of_a = walk!(1, |page| repos.workflows(org, Some(&project), at(3602), &page));
    assert_eq!(shown(of_a), expected[..2]);
    assert_cursor_refused(&repos.workflows(org, None, at(0), &page(1, Some("no-slash".to_owned()))).await);
}
