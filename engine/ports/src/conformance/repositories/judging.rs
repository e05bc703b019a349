use std::time::Duration;

use assay_base::{Digest, MaterialKind, OrgId, Timestamp};
use assay_model::{
    Enforcement, Evaluation, EvaluationError, EvaluationStatus, LatestRun, Phase, RunVerdict, Unmatched, Verdict,
    Violation, WorkflowKey,
};
use serde_json::json;

use super::fixture::{accept, at, material, new_run, open, org, push};
use crate::{Job, JobLease, Repositories};

pub(super) async fn all(repos: &dyn Repositories) {
    a_verdict_comes_back_as_it_was_given(repos).await;
    only_the_newest_holder_of_a_job_judges(repos).await;
    released_jobs_are_there_at_once(repos).await;
    gates_see_the_latest_output(repos).await;
    a_digest_that_is_no_output_answers_no_gate(repos).await;
}

fn evaluation(enforcement: Enforcement, status: EvaluationStatus) -> Evaluation {
    Evaluation {
        policy: "licenses".parse().unwrap(),
        policy_digest: Some(Digest::of(b"policy")),
        kind: MaterialKind::SbomCyclonedxJson,
        material: Some("sbom".parse().unwrap()),
        phase: None,
        enforcement,
        status,
        violations: vec![],
        skip_reasons: vec![],
        error: None,
        duration_us: 1234,
    }
}

/// A verdict with everything in it: non-compliant, with a skipped evaluation.
pub(super) fn judged() -> RunVerdict {
    let fields = json!({
        "severity": "HIGH", "score": 9.8, "precise": 0.1 + 0.2, "tiny": 5e-324, "huge": f64::MAX, "count": u64::MAX,
        "minus": i64::MIN, "odd": 31.245_270_191_439_438, "even": 121.487_919_511_619_45, "nested": [null, true, {"é\u{0}": ""}]
    });
    let mut violated = evaluation(Enforcement::Enforce, EvaluationStatus::Violated);
    violated.violations =
        vec![Violation { message: "GPL-3.0 `x`".to_owned(), fields: fields.as_object().unwrap().clone() }];
    let mut skipped = evaluation(Enforcement::Enforce, EvaluationStatus::Skipped);
    skipped.skip_reasons = vec!["not for me".to_owned()];
    let mut failed = evaluation(Enforcement::Warn, EvaluationStatus::Error);
    failed.error = Some(EvaluationError { code: "policy-timeout".to_owned(), message: "too slow".to_owned() });
    failed.policy_digest = None;
    let mut whole = evaluation(Enforcement::Off, EvaluationStatus::Passed);
    (whole.material, whole.phase, whole.kind) = (None, Some(Phase::Push), MaterialKind::Attestation);
    let unmatched = Unmatched { policy: "vulns".parse().unwrap(), reason: "no material of kind SARIF".to_owned() };
    RunVerdict::new(vec![violated, skipped, failed, whole], vec![unmatched], at(77), Digest::of(b"evaluator"))
}

fn compliant(looked_away: usize) -> RunVerdict {
    let evaluations = vec![evaluation(Enforcement::Enforce, EvaluationStatus::Skipped); looked_away];
    RunVerdict::new(evaluations, vec![], at(77), Digest::of(b"evaluator"))
}

async fn a_verdict_comes_back_as_it_was_given(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let lease = accept(repos, &push(&run, b"x", 2)).await;
    assert_eq!(repos.verdict(org, run.id).await.unwrap(), None);
    assert!(repos.judge(org, run.id, &judged(), lease, at(78)).await.unwrap());
    assert_eq!(repos.verdict(org, run.id).await.unwrap(), Some(judged()));
    let found = repos.run(org, run.id).await.unwrap().unwrap();
    assert_eq!(found.verdict, Some(Verdict::NonCompliant));
    // The job is done: nobody judges twice.
    assert!(!repos.judge(org, run.id, &compliant(0), lease, at(78)).await.unwrap());
    assert_eq!(repos.verdict(org, run.id).await.unwrap(), Some(judged()));
}

/// The jobs of one organization among those that are free at `now`.
async fn claim(repos: &dyn Repositories, org: OrgId, now: Timestamp) -> Vec<Job> {
    let jobs = repos.claim(now, Duration::from_mins(10), 1000).await.unwrap();
    jobs.into_iter().filter(|job| job.org == org).collect()
}

async fn only_the_newest_holder_of_a_job_judges(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let first = accept(repos, &push(&run, b"x", 1000)).await;
    assert_eq!(claim(repos, org, at(1599)).await, [], "the lease lasts until 1600");
    let claimed = claim(repos, org, at(1600)).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].run, claimed[0].lease.job), (run.id, first.job));
    assert!(claimed[0].lease.fence > first.fence);
    assert_eq!(claim(repos, org, at(1601)).await, [], "it is leased again");
    assert!(!repos.judge(org, run.id, &judged(), first, at(78)).await.unwrap(), "the first holder was too slow");
    let unknown = JobLease { fence: claimed[0].lease.fence + 1, ..first };
    assert!(!repos.judge(org, run.id, &judged(), unknown, at(78)).await.unwrap());
    assert!(repos.judge(org, run.id, &judged(), claimed[0].lease, at(78)).await.unwrap());
    assert_eq!(claim(repos, org, at(999_999)).await, []);
}

async fn released_jobs_are_there_at_once(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let mut owed = Vec::new();
    for _ in 0..2 {
        let run = open(repos, org, "build", 1).await;
        accept(repos, &push(&run, b"x", 2)).await;
        owed.push(run.id);
    }
    assert_eq!(claim(repos, org, at(3)).await, []);
    repos.release_all().await.unwrap();
    assert_eq!(repos.claim(at(3), Duration::from_mins(10), 1).await.unwrap().len(), 1);
    repos.release_all().await.unwrap();
    let claimed = claim(repos, org, at(3)).await;
    assert!(claimed.len() == 2 && claimed.iter().all(|job| owed.contains(&job.run)), "{claimed:?}");
    for job in claimed {
        assert!(repos.judge(org, job.run, &compliant(0), job.lease, at(78)).await.unwrap());
    }
}

fn key(workflow: &str) -> WorkflowKey {
    WorkflowKey { project: "shop".parse().unwrap(), name: workflow.parse().unwrap() }
}

async fn gates_see_the_latest_output(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let digest = Digest::of(b"image");
    // The second run is opened later, and pushed before: the push counts.
    let (first, second) = (open(repos, org, "build", 1).await, open(repos, org, "build", 2).await);
    let lease = accept(repos, &push(&second, b"image", 10)).await;
    let latest = |keys: Vec<WorkflowKey>| async move { repos.latest_outputs(org, digest, &keys).await.unwrap() };
    let run = |run, verdict, looked_away| Some(LatestRun { run, verdict, looked_away });
    assert_eq!(latest(vec![key("build")]).await, [run(second.id, None, 0)]);
    repos.judge(org, second.id, &compliant(2), lease, at(78)).await.unwrap();
    assert_eq!(latest(vec![key("build")]).await, [run(second.id, Some(Verdict::Compliant), 2)]);
    let lease = accept(repos, &push(&first, b"image", 11)).await;
    repos.judge(org, first.id, &judged(), lease, at(78)).await.unwrap();
    let scan = repos.open_run(&new_run(org, "shop", "scan", 3), &super::fixture::audit(3)).await.unwrap();
    accept(repos, &push(&scan, b"image", 12)).await;
    let expected = [None, run(scan.id, None, 0), run(first.id, Some(Verdict::NonCompliant), 1)];
    assert_eq!(latest(vec![key("absent"), key("scan"), key("build")]).await, expected);
    assert_eq!(repos.latest_outputs(org, Digest::of(b"other"), &[key("build")]).await.unwrap(), [None]);
    assert_eq!(latest(vec![]).await, []);
}

async fn a_digest_that_is_no_output_answers_no_gate(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let run = open(repos, org, "build", 1).await;
    let mut push = push(&run, b"image", 2);
    push.materials =
        vec![material("sbom", b"sbom", false), material("a", b"image", true), material("b", b"image", true)];
    accept(repos, &push).await;
    let latest = |content: &'static [u8]| async move {
        repos
            .latest_outputs(org, Digest::of(content), &[key("build")])
            .await
            .unwrap()
            .remove(0)
            .map(|latest| latest.run)
    };
    assert_eq!(latest(b"sbom").await, None);
    assert_eq!(latest(b"image").await, Some(run.id));
}
