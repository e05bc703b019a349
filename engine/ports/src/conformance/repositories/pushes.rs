use assay_base::{Digest, MaterialKind, OrgId};
use assay_model::{Material, Push, RunState, Subject};

use super::fixture::{accept, at, audit, fresh_job_id, material, open, org, push};
use crate::{Accepted, Repositories};

pub(super) async fn all(repos: &dyn Repositories) {
    a_push_comes_back_as_it_was_received(repos).await;
    a_run_takes_one_push(repos).await;
    what_is_over_takes_none(repos).await;
    evidence_is_found_by_digest(repos).await;
    large_statements_are_stored_whole(repos).await;
}

async fn a_push_comes_back_as_it_was_received(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let mut push = push(&run, b"sbom", 2);
    push.bundle = vec![0, 0xff, b'{'];
    push.digest = Digest::of(&push.bundle);
    push.materials.push(Material {
        name: "note".parse().unwrap(),
        kind: MaterialKind::String,
        digest: None,
        size: None,
        value: Some("line\n\u{1f600}\0end".to_owned()),
        output: false,
        annotations: [].into(),
    });
    push.subjects.insert(0, Subject { name: "zeta".to_owned(), digest: "sha256:00".to_owned() });
    accept(repos, &push).await;
    assert_eq!(repos.bundle(org, run.id).await.unwrap(), Some((push.bundle.clone(), push.signer.clone())));
    assert_eq!(repos.materials(org, run.id).await.unwrap(), push.materials);
    assert_eq!(repos.subjects(org, run.id).await.unwrap(), push.subjects);
    let found = repos.run(org, run.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.digest, found.finished_at), (RunState::Pushed, Some(push.digest), Some(at(2))));
    assert_eq!(found.verdict, None);
    assert_eq!(repos.run_by_digest(org, push.digest).await.unwrap(), Some(found));
    assert_eq!(repos.run_by_digest(org, Digest::of(b"other")).await.unwrap(), None);
}

async fn again(repos: &dyn Repositories, push: &Push) -> Accepted {
    repos.accept(push, fresh_job_id(), at(100), &audit(0)).await.unwrap()
}

async fn a_run_takes_one_push(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let first = push(&run, b"x", 2);
    accept(repos, &first).await;
    assert_eq!(again(repos, &first).await, Accepted::Same);
    assert_eq!(again(repos, &push(&run, b"y", 3)).await, Accepted::Other);
    // Idempotent for ever, not only until the run would have expired.
    assert_eq!(again(repos, &Push { received_at: at(99_999), ..first.clone() }).await, Accepted::Same);
    assert_eq!(repos.bundle(org, run.id).await.unwrap().unwrap().0, first.bundle);
    assert_eq!(repos.materials(org, run.id).await.unwrap(), first.materials);
}

async fn what_is_over_takes_none(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    for state in [RunState::Cancelled, RunState::Failed] {
        let run = open(repos, org, "build", 1).await;
        repos.finish_run(org, run.id, state, None, &audit(2)).await.unwrap();
        assert_eq!(again(repos, &push(&run, b"x", 3)).await, Accepted::Closed(state));
    }
    let run = open(repos, org, "build", 1).await;
    assert_eq!(again(repos, &push(&run, b"x", 3601)).await, Accepted::Closed(RunState::Expired));
    assert_eq!(repos.bundle(org, run.id).await.unwrap(), None);
    assert!(!repos.refers_to(org, Digest::of(b"x")).await.unwrap());
    assert!(matches!(again(repos, &push(&run, b"x", 3600)).await, Accepted::New(_)));
}

async fn evidence_is_found_by_digest(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let digest = Digest::of(b"evidence");
    let (own, other) = (run.project.clone(), "other".parse().unwrap());
    assert!(!repos.refers_to(org, digest).await.unwrap());
    accept(repos, &push(&run, b"evidence", 2)).await;
    assert!(repos.refers_to(org, digest).await.unwrap());
    assert!(repos.project_has(org, &own, digest).await.unwrap());
    assert!(!repos.project_has(org, &other, digest).await.unwrap());
    for _ in 0..2 {
        repos.note_upload(org, &other, digest, assay_base::Timestamp::from_micros(1)).await.unwrap();
    }
    assert!(repos.project_has(org, &other, digest).await.unwrap());
}

async fn large_statements_are_stored_whole(repos: &dyn Repositories) {
    let org: OrgId = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let mut push = push(&run, b"x", 2);
    push.materials = (0..2500_u32).map(|i| material(&format!("m{i}"), &i.to_be_bytes(), i % 2 == 0)).collect();
    push.subjects = (0..2500).map(|i| Subject { name: format!("s{i}"), digest: "sha256:00".to_owned() }).collect();
    accept(repos, &push).await;
    assert_eq!(repos.materials(org, run.id).await.unwrap(), push.materials);
    assert_eq!(repos.subjects(org, run.id).await.unwrap(), push.subjects);
}
