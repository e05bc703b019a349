use assay_base::{Digest, DocumentName, MaterialKind, MaterialName};
use serde_json::{Map, Value};

/// One policy attachment judged on one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The policy's name.
    pub policy: DocumentName,
    /// The digest of its document; absent when it could not be had.
    pub policy_digest: Option<Digest>,
    /// The kind of what was judged.
    pub kind: MaterialKind,
    /// The material; absent for an evaluation of the whole attestation.
    pub material: Option<MaterialName>,
    /// The phase, for an evaluation of the whole attestation.
    pub phase: Option<Phase>,
    /// What follows from it.
    pub enforcement: Enforcement,
    /// What came out.
    pub status: EvaluationStatus,
    /// What is wrong; empty unless `violated`.
    pub violations: Vec<Violation>,
    /// Why it was skipped; empty unless `skipped`.
    pub skip_reasons: Vec<String>,
    /// Why it could not be judged; only with `error`.
    pub error: Option<EvaluationError>,
    /// Time that it took, in microseconds.
    pub duration_us: u64,
}

/// What came out of an evaluation. An error is never a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvaluationStatus {
    /// Nothing is wrong.
    Passed,
    /// Something is wrong.
    Violated,
    /// The policy says that it does not apply.
    Skipped,
    /// It could not be judged.
    Error,
}

impl EvaluationStatus {
    /// The word of `reference/cli`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Violated => "violated",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }
}

/// When a policy on the whole attestation is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// When the run is opened.
    Init,
    /// When the attestation is pushed.
    Push,
}

impl Phase {
    /// The name in policy documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Push => "PUSH",
        }
    }
}

/// What follows from an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enforcement {
    /// It decides the verdict.
    Enforce,
    /// It is shown and counted.
    Warn,
    /// It is not judged.
    Off,
}

impl Enforcement {
    /// The enforcement of an attachment: disabled is off, else the group's gate, else the attachment's, else `default`.
    pub const fn of(disabled: bool, group_gate: Option<bool>, gate: Option<bool>, default: Self) -> Self {
        if disabled {
            return Self::Off;
        }
        match (group_gate, gate) {
            (Some(true), _) | (None, Some(true)) => Self::Enforce,
            (Some(false), _) | (None, Some(false)) => Self::Warn,
            (None, None) => default,
        }
    }

    /// The word of `reference/cli`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Warn => "warn",
            Self::Off => "off",
        }
    }
}

/// One thing that is wrong, in the words of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// What is wrong.
    pub message: String,
    /// The other keys of a structured finding.
    pub fields: Map<String, Value>,
}

/// Why something could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationError {
    /// Stable code.
    pub code: String,
    /// One sentence, with the place in the document as it was written.
    pub message: String,
}

/// An attachment that selected no material of the run: shown, because somebody may have meant something by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The policy's name.
    pub policy: DocumentName,
    /// What it would have judged, in words.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_decides_before_the_attachment_and_disabled_before_both() {
        use Enforcement::{Enforce, Off, Warn};
        let cases = [
            (true, Some(true), Some(true), Off),
            (false, Some(true), Some(false), Enforce),
            (false, Some(false), Some(true), Warn),
            (false, None, Some(true), Enforce),
            (false, None, Some(false), Warn),
            (false, None, None, Enforce),
        ];
        for (disabled, group, gate, expected) in cases {
            assert_eq!(Enforcement::of(disabled, group, gate, Enforce), expected);
        }
        assert_eq!(Enforcement::of(false, None, None, Warn), Warn);
    }
}
