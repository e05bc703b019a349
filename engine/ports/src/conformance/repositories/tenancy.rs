use assay_base::Digest;
use assay_model::{DocumentKind, NewDocument, Organization, Run, RunState, WorkflowKey};

use super::fixture::{accept, at, audit, fresh_job_id, open, org, page, push};
use super::judging::judged;
use crate::{JobLease, Repositories, RunFilter};

/// Whatever one organization has, another one neither reads nor changes: every answer is that of an absent object.
pub(super) async fn all(repos: &dyn Repositories) {
    let (own, foreign) = (org(repos).await, org(repos).await);
    let policy = NewDocument {
        kind: DocumentKind::Policy,
        name: "licenses".parse().unwrap(),
        digest: Digest::of(b"text"),
        source: "text".into(),
        files: vec![],
    };
    repos.apply(own.id, std::slice::from_ref(&policy), &[], &audit(0)).await.unwrap();
    let run = open(repos, own.id, "build", 1).await;
    let lease = accept(repos, &push(&run, b"evidence", 2)).await;
    foreign_documents(repos, &foreign, &policy).await;
    foreign_runs(repos, &foreign, &run).await;
    foreign_evidence(repos, &foreign, &run).await;
    foreign_writes(repos, &foreign, &run, lease).await;
    assert!(repos.judge(own.id, run.id, &judged(), lease, at(78)).await.unwrap());
    assert_eq!(repos.verdict(foreign.id, run.id).await.unwrap(), None);
}

async fn foreign_documents(repos: &dyn Repositories, org: &Organization, policy: &NewDocument) {
    let org = org.id;
    assert_eq!(repos.document(org, policy.kind, &policy.name, None).await.unwrap(), None);
    assert_eq!(repos.document(org, policy.kind, &policy.name, Some(1)).await.unwrap(), None);
    assert!(repos.documents(org, policy.kind, &page(10, None)).await.unwrap().items.is_empty());
    assert_eq!(repos.policy_text(org, policy.digest).await.unwrap(), None);
    assert!(repos.keys(org).await.unwrap().is_empty());
    assert!(repos.authorities(org).await.unwrap().iter().all(|authority| authority.org == org));
    assert!(repos.tokens(org, &page(10, None)).await.unwrap().items.iter().all(|token| token.org == org));
}

async fn foreign_runs(repos: &dyn Repositories, org: &Organization, run: &Run) {
    let org = org.id;
    assert_eq!(repos.run(org, run.id).await.unwrap(), None);
    assert_eq!(repos.run_by_digest(org, push(run, b"evidence", 2).digest).await.unwrap(), None);
    assert!(repos.runs(org, &RunFilter::default(), at(2), &page(10, None)).await.unwrap().items.is_empty());
    assert_eq!(repos.workflow(org, &run.project, &run.workflow).await.unwrap(), None);
    assert!(repos.workflows(org, None, at(2), &page(10, None)).await.unwrap().items.is_empty());
}

async fn foreign_evidence(repos: &dyn Repositories, org: &Organization, run: &Run) {
    let (org, digest) = (org.id, Digest::of(b"evidence"));
    assert_eq!(repos.bundle(org, run.id).await.unwrap(), None);
    assert!(repos.materials(org, run.id).await.unwrap().is_empty());
    assert!(repos.subjects(org, run.id).await.unwrap().is_empty());
    assert!(!repos.refers_to(org, digest).await.unwrap());
    assert!(!repos.project_has(org, &run.project, digest).await.unwrap());
    let key = WorkflowKey { project: run.project.clone(), name: run.workflow.clone() };
    assert_eq!(repos.latest_outputs(org, digest, &[key]).await.unwrap(), [None]);
}

async fn foreign_writes(repos: &dyn Repositories, org: &Organization, run: &Run, lease: JobLease) {
    let org = org.id;
    assert!(!repos.judge(org, run.id, &judged(), lease, at(78)).await.unwrap());
    assert_eq!(repos.finish_run(org, run.id, RunState::Failed, None, &audit(3)).await.unwrap(), None);
    let contract = "weaker".parse().unwrap();
    let bound = repos.bind_workflow(org, &run.project, &run.workflow, &contract, &audit(3)).await.unwrap();
    assert_eq!(bound, None);
    let mut stolen = push(run, b"other", 4);
    stolen.org = org;
    assert!(repos.accept(&stolen, fresh_job_id(), at(100), &audit(4)).await.is_err());
    // The same names are free in the other organization.
    let same = open(repos, org, run.workflow.as_str(), 5).await;
    assert_ne!(same.workflow_id, run.workflow_id);
}
