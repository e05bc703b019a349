use std::fmt;

use assay_base::Diagnostic;

/// Why a text is not a document: everything that was found, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentErrors {
    /// At least one.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for DocumentErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.diagnostics.iter().enumerate() {
            write!(f, "{}{diagnostic}", if i > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for DocumentErrors {}

impl From<Diagnostic> for DocumentErrors {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}
