use super::fixture::{assert_cursor_refused, at, audit, new_run, open, org, page, walk};
use super::wiring::{attachment, no_workflow, register, wired};
use crate::Repositories;

pub(super) async fn all(repos: &dyn Repositories) {
    an_attachment_comes_back_as_it_was_given(repos).await;
    lists_are_oldest_first_and_filtered(repos).await;
    nothing_is_attached_to_what_is_not_there(repos).await;
}

async fn an_attachment_comes_back_as_it_was_given(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (registration, first) = wired(repos, org, "hook").await;
    // Twice the same: two attachments, with options of their own perhaps.
    let second = attachment(&registration, &open(repos, org, "build", 1).await, 1);
    repos.attach(&second, &audit(1)).await.unwrap();
    for one in [&first, &second] {
        assert_eq!(repos.attachment(org, one.id).await.unwrap().as_ref(), Some(one));
    }
    assert!(repos.detach(org, first.id, at(2), &audit(2)).await.unwrap());
    assert!(!repos.detach(org, first.id, at(2), &audit(2)).await.unwrap());
    assert_eq!(repos.attachment(org, first.id).await.unwrap(), None);
    assert_eq!(repos.attachment(org, second.id).await.unwrap(), Some(second));
}

async fn lists_are_oldest_first_and_filtered(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let registration = register(repos, org, "hook").await;
    let mut ids = vec![];
    for (seconds, project, workflow) in [(1, "shop", "build"), (2, "shop", "scan"), (3, "bank", "build")] {
        let run = repos.open_run(&new_run(org, project, workflow, seconds), &audit(seconds)).await.unwrap();
        let attachment = attachment(&registration, &run, seconds);
        repos.attach(&attachment, &audit(seconds)).await.unwrap();
        ids.push(attachment.id);
    }
    let (shop, build) = ("shop".parse().unwrap(), "build".parse().unwrap());
    let cases = [
        (None, None, vec![0, 1, 2]),
        (Some(&shop), None, vec![0, 1]),
        (None, Some(&build), vec![0, 2]),
        (Some(&shop), Some(&build), vec![0]),
    ];
    for (project, workflow, expected) in cases {
        let found = walk!(1, |page| repos.attachments(org, project, workflow, &page));
        let expected: Vec<_> = expected.into_iter().map(|i: usize| ids[i]).collect();
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), expected, "{project:?} {workflow:?}");
    }
    assert_cursor_refused(&repos.attachments(org, None, None, &page(1, Some("x".to_owned()))).await);
}

async fn nothing_is_attached_to_what_is_not_there(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let (registration, run) = (register(repos, org, "hook").await, open(repos, org, "build", 1).await);
    let mut nowhere = attachment(&registration, &run, 1);
    nowhere.workflow_id = no_workflow();
    assert!(repos.attach(&nowhere, &audit(1)).await.is_err());
    let late = attachment(&registration, &run, 1);
    repos.deregister(org, &registration.name, &audit(2)).await.unwrap();
    assert!(repos.attach(&late, &audit(3)).await.is_err());
    assert!(repos.attachments(org, None, None, &page(10, None)).await.unwrap().items.is_empty());
}
