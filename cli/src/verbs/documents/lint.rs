use std::path::Path;

use assay_base::Diagnostic;
use assay_contract::{DocumentErrors, parse_all};
use assay_wire::{Exit, LintAnswer, LintError};

use super::{Kinds, names};
use crate::context::Ctx;
use crate::error::{CliError, Excerpt};
use crate::files::{self, Limit};
use crate::ui::{Format, View};
use crate::verbs::policy::check_scripts;

/// Says what is wrong in a document of these kinds, without a server. Exit 2 when something is.
pub(crate) fn lint(ctx: &Ctx, kinds: Kinds, path: &Path) -> Result<Exit, CliError> {
    let stdin = path == Path::new("-");
    let text = if stdin { files::stdin_text(Limit::DOCUMENT) } else { files::given_text(path, Limit::DOCUMENT) }?;
    let diagnostics = check(&text, kinds);
    let valid = diagnostics.is_empty();
    let excerpt = Excerpt { diagnostics, source: text, label: path.display().to_string() };
    match ctx.ui.format() {
        Format::Json => ctx.ui.json(&answer(&excerpt.diagnostics))?,
        _ if valid => ctx.ui.answer(&(), |()| View::new().line(format!("{} is valid", excerpt.label)))?,
        _ => ctx.ui.findings(&excerpt)?,
    }
    Ok(if valid { Exit::Ok } else { Exit::Invalid })
}

fn check(text: &str, kinds: Kinds) -> Vec<Diagnostic> {
    match parse_all(text) {
        Err(DocumentErrors { diagnostics }) => diagnostics,
        Ok(documents) => documents
            .iter()
            .map(assay_contract::Document::kind)
            .filter(|kind| !kinds.contains(kind))
            .map(|kind| {
                let message = format!("this is a document of the kind `{}`, not {}", kind.as_str(), names(kinds));
                Diagnostic::new("document-kind", message)
            })
            .chain(check_scripts(&documents))
            .collect(),
    }
}

fn answer(diagnostics: &[Diagnostic]) -> LintAnswer {
    let error = |diagnostic: &Diagnostic| LintError {
        code: diagnostic.code.to_owned(),
        message: diagnostic.message.clone(),
        pointer: diagnostic.place.pointer.clone(),
        line: diagnostic.place.line,
        column: diagnostic.place.column,
        hint: diagnostic.hint.clone(),
    };
    LintAnswer { valid: diagnostics.is_empty(), errors: diagnostics.iter().map(error).collect() }
}

#[cfg(test)]
mod tests {
    use assay_contract::DocumentKind;

    use super::*;

    #[test]
    fn mistakes_have_a_place_and_other_kinds_are_mistakes() {
        let text = "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\nspec:\n  materials:\n    - type: SRIF\n      name: scan\n";
        let found = answer(&check(text, &[DocumentKind::Contract]));
        assert!(!found.valid && found.errors[0].line == Some(6), "{found:?}");
        let good = text.replace("SRIF", "SARIF");
        assert!(answer(&check(&good, &[DocumentKind::Contract])).valid);
        assert_eq!(check(&good, &[DocumentKind::Policy])[0].code, "document-kind");
    }
}
