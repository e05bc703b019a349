use assay_base::{Digest, DocumentName, ProjectName, RunId, Timestamp, WorkflowName};

use crate::Verdict;

/// What a gate asks: which workflows must have a compliant run for the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRule {
    /// The gate's name.
    pub name: DocumentName,
    /// The workflows.
    pub workflows: Vec<WorkflowKey>,
    /// What an enforced evaluation that was skipped means.
    pub skipped: SkippedRule,
}

/// A workflow by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowKey {
    /// Its project.
    pub project: ProjectName,
    /// Its name.
    pub name: WorkflowName,
}

/// What an enforced evaluation that was skipped means to a gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SkippedRule {
    /// Nobody knows whether the digest may pass.
    #[default]
    Inconclusive,
    /// It is as good as passed.
    Pass,
}

/// The latest pushed run of a workflow that has a digest as an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestRun {
    /// The run.
    pub run: RunId,
    /// Its verdict; absent while it is being judged.
    pub verdict: Option<Verdict>,
    /// How many of its enforced evaluations were skipped.
    pub looked_away: u32,
}

/// The answer of a gate; the worst one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It may pass.
    Pass,
    /// Nobody knows.
    Inconclusive,
    /// It may not pass.
    Fail,
}

impl Decision {
    /// The word of `reference/cli`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }
}

/// What one workflow says about the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReason {
    /// The workflow.
    pub workflow: WorkflowKey,
    /// The run that it rests on.
    pub run: Option<RunId>,
    /// What follows from it.
    pub decision: Decision,
    /// Stable code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// What a gate answers about a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateAnswer {
    /// The gate.
    pub gate: DocumentName,
    /// The digest.
    pub digest: Digest,
    /// The answer.
    pub decision: Decision,
    /// One for each workflow, in the order of the gate.
    pub reasons: Vec<GateReason>,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// Decides a gate. `latest` has one entry for each workflow of the rule, in order. A gate without workflows cannot be
/// written, and would be inconclusive.
pub fn decide(rule: &GateRule, digest: Digest, latest: &[Option<LatestRun>], now: Timestamp) -> GateAnswer {
    let reasons: Vec<_> =
        rule.workflows.iter().zip(latest).map(|(workflow, run)| reason(workflow, *run, rule.skipped)).collect();
    let worst = reasons.iter().map(|r| r.decision).max();
    let complete = latest.len() == rule.workflows.len();
    let decision = worst.filter(|_| complete).unwrap_or(Decision::Inconclusive);
    GateAnswer { gate: rule.name.clone(), digest, decision, reasons, decided_at: now }
}

fn reason(workflow: &WorkflowKey, latest: Option<LatestRun>, skipped: SkippedRule) -> GateReason {
    let WorkflowKey { project, name } = workflow;
    let (decision, code, message) = match latest {
        None => (
            Decision::Fail,
            "no-run",
            format!("no pushed run of `{project}/{name}` has this digest as an output; attest it with that workflow"),
        ),
        Some(LatestRun { run, verdict, looked_away }) => match verdict {
            Some(Verdict::NonCompliant) => {
                (Decision::Fail, "non-compliant", format!("run {run} violates its policies"))
            }
            Some(Verdict::Inconclusive) => {
                (Decision::Inconclusive, "inconclusive", format!("run {run} could not be judged"))
            }
            None => (Decision::Inconclusive, "not-judged-yet", format!("run {run} is still being judged")),
            Some(Verdict::Compliant) if looked_away > 0 && skipped == SkippedRule::Inconclusive => (
                Decision::Inconclusive,
                "not-evaluated",
                format!("{looked_away} enforced evaluations of run {run} were skipped"),
            ),
            Some(Verdict::Compliant) => (Decision::Pass, "compliant", format!("run {run} is compliant")),
        },
    };
    GateReason { workflow: workflow.clone(), run: latest.map(|l| l.run), decision, code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(workflows: usize, skipped: SkippedRule) -> GateRule {
        let key = |i| WorkflowKey { project: "p".parse().unwrap(), name: format!("w{i}").parse().unwrap() };
        GateRule { name: "g".parse().unwrap(), workflows: (0..workflows).map(key).collect(), skipped }
    }

    fn latest(verdict: Option<Verdict>, looked_away: u32) -> LatestRun {
        let run = "0190a5d0-0000-7000-8000-000000000000".parse().unwrap();
        LatestRun { run, verdict, looked_away }
    }

    #[test]
    fn the_worst_workflow_decides() {
        use Decision::{Fail, Inconclusive, Pass};
        use SkippedRule as S;
        let ok = Some(latest(Some(Verdict::Compliant), 0));
        let cases: [(&[Option<LatestRun>], S, Decision); 9] = [
            (&[ok], S::Inconclusive, Pass),
            (&[None], S::Inconclusive, Fail),
            (&[ok, None], S::Inconclusive, Fail),
            (&[Some(latest(Some(Verdict::Inconclusive), 0)), None], S::Inconclusive, Fail),
            (&[Some(latest(Some(Verdict::Inconclusive), 0)), ok], S::Inconclusive, Inconclusive),
            (&[Some(latest(None, 0))], S::Pass, Inconclusive),
            (&[Some(latest(Some(Verdict::NonCompliant), 3))], S::Pass, Fail),
            (&[Some(latest(Some(Verdict::Compliant), 1))], S::Inconclusive, Inconclusive),
            (&[Some(latest(Some(Verdict::Compliant), 1))], S::Pass, Pass),
        ];
        for (latest, skipped, expected) in cases {
            let answer = decide(&rule(latest.len(), skipped), Digest::of(b"x"), latest, Timestamp::from_micros(0));
            assert_eq!(answer.decision, expected, "{latest:?}");
            assert_eq!(answer.reasons.len(), latest.len());
        }
    }

    #[test]
    fn nothing_asked_is_nothing_known() {
        let nobody = decide(&rule(0, SkippedRule::Pass), Digest::of(b"x"), &[], Timestamp::from_micros(0));
        assert_eq!(nobody.decision, Decision::Inconclusive);
        let missing = decide(
            &rule(2, SkippedRule::Pass),
            Digest::of(b"x"),
            &[Some(latest(Some(Verdict::Compliant), 0))],
            Timestamp::from_micros(0),
        );
        assert_eq!(missing.decision, Decision::Inconclusive, "a workflow that was not looked up cannot pass");
    }
}
