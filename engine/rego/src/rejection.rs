/// A place in a script as its author wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A script that is not handed to the evaluator, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Rejection {
    /// Why.
    pub kind: RejectionKind,
    /// Where.
    pub position: Position,
}

/// Why a script is not handed to the evaluator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RejectionKind {
    /// Nothing but white space and comments.
    #[error("the policy is empty")]
    Empty,
    /// The first word is another one.
    #[error("a policy begins with `package NAME`, not with `{0}`")]
    NoPackage(String),
    /// Brackets nested deeper than [`MAX_NESTING`](crate::MAX_NESTING).
    #[error("brackets are nested deeper than {limit} levels", limit = crate::MAX_NESTING)]
    Nesting,
    /// A string or raw string without an end.
    #[error("the string that begins here does not end")]
    OpenString,
}

impl RejectionKind {
    /// The stable code of the error, kebab-case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nesting => "policy-nesting",
            Self::Empty | Self::NoPackage(_) | Self::OpenString => "policy-syntax",
        }
    }
}
