use assay_base::json::JsonError;
use assay_base::{Diagnostic, MaterialKind, Place};

use crate::archive::ArchiveError;
use crate::xml::XmlError;

/// Evidence that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// There are no bytes.
    #[error("the material is empty")]
    Empty,
    /// Not text, where text is due.
    #[error("this is no {kind}: it is not UTF-8 text")]
    NotText {
        /// The kind that was asked for.
        kind: MaterialKind,
        /// Where the text ends.
        source: std::str::Utf8Error,
    },
    /// Not JSON, or JSON that parsers disagree about.
    #[error("this is no valid {kind}: {source}")]
    Json {
        /// The kind that was asked for, or that the document claims.
        kind: MaterialKind,
        /// What is wrong, and where.
        source: JsonError,
    },
    /// Not XML, or XML that is not read.
    #[error("this is no valid {kind}: {source}")]
    Xml {
        /// The kind that was asked for, or that the document claims.
        kind: MaterialKind,
        /// What is wrong, and where.
        source: XmlError,
    },
    /// An archive that is not read.
    #[error("this is no valid {kind}: {source}")]
    Archive {
        /// The kind that was asked for.
        kind: MaterialKind,
        /// What is wrong.
        source: ArchiveError,
    },
    /// Well-formed, but not what its kind must be.
    #[error("this is no valid {kind}: {main}")]
    Invalid {
        /// The kind that was asked for, or that the document claims.
        kind: MaterialKind,
        /// The finding that is shown first.
        main: Box<Diagnostic>,
        /// Further findings.
        rest: Vec<Diagnostic>,
    },
    /// Several kinds claim it alike.
    #[error("{reason}: it could be {}", names(candidates))]
    Ambiguous {
        /// What they claim it for.
        reason: String,
        /// The kinds.
        candidates: Vec<MaterialKind>,
    },
    /// A kind that has a name but no check yet.
    #[error("materials of kind {kind} are not supported yet")]
    Unsupported {
        /// The kind that was asked for.
        kind: MaterialKind,
    },
}

impl MaterialError {
    /// A single finding.
    pub(crate) fn invalid(kind: MaterialKind, message: impl Into<String>, place: Place) -> Self {
        let main = Diagnostic::new("material-invalid", message).at(place);
        Self::Invalid { kind, main: Box::new(main), rest: Vec::new() }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "material-empty",
            Self::Ambiguous { .. } => "material-ambiguous",
            Self::Unsupported { .. } => "material-kind-unsupported",
            _ => "material-invalid",
        }
    }

    /// All findings; the first is the one to show when there is room for one.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut first = Diagnostic::new(self.code(), self.message()).at(self.place());
        first.hint = self.hint();
        let rest = match self {
            Self::Invalid { rest, .. } => rest.as_slice(),
            _ => &[],
        };
        std::iter::once(first).chain(rest.iter().cloned()).collect()
    }

    /// The kinds that claim the document alike.
    pub fn candidates(&self) -> &[MaterialKind] {
        match self {
            Self::Ambiguous { candidates, .. } => candidates,
            _ => &[],
        }
    }

    /// As [`std::fmt::Display`], without the place, which the diagnostic has in fields.
    fn message(&self) -> String {
        match self {
            Self::Invalid { kind, main, .. } => format!("this is no valid {kind}: {}", main.message),
            other => other.to_string(),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Json { source, .. } => source.place.clone(),
            Self::Xml { source, .. } => source.place.clone(),
            Self::Archive { .. } => ArchiveError::place(),
            Self::Invalid { main, .. } => main.place.clone(),
            _ => Place::default(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ambiguous { .. } => Some("say which one with `--kind`".to_owned()),
            Self::Invalid { main, .. } => main.hint.clone(),
            _ => None,
        }
    }
}

fn names(kinds: &[MaterialKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}
