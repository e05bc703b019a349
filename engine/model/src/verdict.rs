use assay_base::{Digest, Timestamp};

use crate::{Enforcement, Evaluation, EvaluationStatus, Unmatched};

/// The judgement of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing that is enforced is violated, and everything that is enforced was judged.
    Compliant,
    /// Something that is enforced is violated.
    NonCompliant,
    /// Something that is enforced could not be judged.
    Inconclusive,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Compliant, Self::NonCompliant, Self::Inconclusive];

    /// The word of `reference/cli`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::NonCompliant => "non_compliant",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The verdict that follows from evaluations: an enforced violation decides, then an enforced error.
    pub fn of(evaluations: &[Evaluation]) -> Self {
        let enforced = |status| evaluations.iter().any(|e| e.enforcement == Enforcement::Enforce && e.status == status);
        if enforced(EvaluationStatus::Violated) {
            Self::NonCompliant
        } else if enforced(EvaluationStatus::Error) {
            Self::Inconclusive
        } else {
            Self::Compliant
        }
    }
}

/// A verdict and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct RunVerdict {
    /// The judgement.
    pub verdict: Verdict,
    /// Every evaluation, in the order of the contract.
    pub evaluations: Vec<Evaluation>,
    /// Attachments that selected nothing.
    pub unmatched: Vec<Unmatched>,
    /// The instant that policies saw as the present.
    pub instant: Timestamp,
    /// The digest of the evaluator.
    pub evaluator: Digest,
}

impl RunVerdict {
    /// Judges the evaluations.
    pub fn new(evaluations: Vec<Evaluation>, unmatched: Vec<Unmatched>, instant: Timestamp, evaluator: Digest) -> Self {
        Self { verdict: Verdict::of(&evaluations), evaluations, unmatched, instant, evaluator }
    }

    /// How many violations and errors do not count, because they only warn.
    pub fn warnings(&self) -> u32 {
        let warns = |e: &&Evaluation| {
            e.enforcement == Enforcement::Warn
                && matches!(e.status, EvaluationStatus::Violated | EvaluationStatus::Error)
        };
        u32::try_from(self.evaluations.iter().filter(warns).count()).unwrap_or(u32::MAX)
    }

    /// How many enforced evaluations were skipped: evidence that made a policy look away.
    pub fn looked_away(&self) -> u32 {
        let away = |e: &&Evaluation| e.enforcement == Enforcement::Enforce && e.status == EvaluationStatus::Skipped;
        u32::try_from(self.evaluations.iter().filter(away).count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use assay_base::MaterialKind;

    use super::*;

    fn evaluation(enforcement: Enforcement, status: EvaluationStatus) -> Evaluation {
        Evaluation {
            policy: "p".parse().unwrap(),
            policy_digest: None,
            kind: MaterialKind::Sarif,
            material: None,
            phase: None,
            enforcement,
            status,
            violations: vec![],
            skip_reasons: vec![],
            error: None,
            duration_us: 0,
        }
    }

    #[test]
    fn an_error_is_never_a_pass_and_a_warning_never_decides() {
        use Enforcement::{Enforce, Warn};
        use EvaluationStatus::{Error, Passed, Skipped, Violated};
        let cases: [(&[(Enforcement, EvaluationStatus)], Verdict, u32); 7] = [
            (&[], Verdict::Compliant, 0),
            (&[(Enforce, Passed), (Enforce, Skipped)], Verdict::Compliant, 0),
            (&[(Enforce, Error)], Verdict::Inconclusive, 0),
            (&[(Enforce, Error), (Enforce, Violated)], Verdict::NonCompliant, 0),
            (&[(Warn, Violated), (Warn, Error)], Verdict::Compliant, 2),
            (&[(Warn, Violated), (Enforce, Error)], Verdict::Inconclusive, 1),
            (&[(Enforcement::Off, Violated)], Verdict::Compliant, 0),
        ];
        for (pairs, verdict, warnings) in cases {
            let evaluations = pairs.iter().map(|(e, s)| evaluation(*e, *s)).collect();
            let judged = RunVerdict::new(evaluations, vec![], Timestamp::from_micros(0), Digest::of(b""));
            assert_eq!((judged.verdict, judged.warnings()), (verdict, warnings), "{pairs:?}");
        }
    }
}
