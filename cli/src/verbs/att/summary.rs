use std::io::Write as _;
use std::path::Path;

use assay_base::text::{head, printable};
use assay_wire::PushAnswer;

use crate::context::Ctx;
use crate::files::open_to_append;
use crate::state::State;

/// The file to which a step of GitHub Actions appends what its job shows.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";
/// GitHub drops a summary of more than 1 MiB.
const LIMIT: usize = 900 << 10;
/// The most of one cell, in characters.
const CELL: usize = 500;

/// Appends the outcome to the summary of the CI job, where there is one. A push does not fail over it.
pub(super) fn write(ctx: &Ctx, state: &State, answer: &PushAnswer) {
    let Some(path) = ctx.env.get(VARIABLE) else { return };
    let file = open_to_append(Path::new(path));
    if let Err(error) = file.and_then(|mut file| file.write_all(markdown(state, answer).as_bytes())) {
        ctx.ui.warn(&format!("cannot write the summary of the job: {error}"));
    }
}

/// The outcome in Markdown, with everything that strangers wrote made harmless.
fn markdown(state: &State, answer: &PushAnswer) -> String {
    let run = &state.run;
    let verdict = answer.verdict.as_deref().unwrap_or("still being judged");
    let mut text = format!(
        "### Attestation of {}/{}: {}\n\n",
        escape(run.project.as_str()),
        escape(run.workflow.as_str()),
        escape(verdict)
    );
    let contract = format!("{} revision {}", escape(run.contract.name.as_str()), run.contract.revision);
    let mut rows = vec![
        format!("Run `{}`, contract {contract}, attestation `{}`\n\n", run.run_id, answer.digest),
        "| Material | Kind | Digest |\n|---|---|---|\n".to_owned(),
    ];
    let materials = state.materials.iter();
    rows.extend(materials.map(|(name, m)| format!("| {} | {} | `{}` |\n", escape(name.as_str()), m.kind, m.digest)));
    rows.push("\n| Policy | On | Status | What is wrong |\n|---|---|---|---|\n".to_owned());
    for evaluation in &answer.evaluations {
        let subject = evaluation.material.as_ref().map_or("the attestation", |name| name.as_str());
        let found: Vec<_> = evaluation.violations.iter().map(|violation| violation.message.as_str()).collect();
        let wrong = evaluation.error.as_ref().map_or_else(|| found.join("; "), |error| error.message.clone());
        let cells = [evaluation.policy.as_str(), subject, &evaluation.status, &wrong].map(escape);
        rows.push(format!("| {} |\n", cells.join(" | ")));
    }
    let (mut shown, count) = (0, rows.len());
    for row in rows {
        if text.len() + row.len() > LIMIT {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    if shown < count {
        text.extend(["\n… and ", &(count - shown).to_string(), " lines more\n"]);
    }
    text.push('\n');
    text
}

/// A text that is text in Markdown and in HTML, and stays in its cell.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in printable(&head(text, CELL)).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\t' => out.push(' '),
            '\\' | '`' | '*' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_stranger_is_markup() {
        let escaped = escape("<script>alert(1)</script> | [x](javascript:y) `a`\n# b @all");
        assert!(!escaped.contains('<') && !escaped.contains('\n'), "{escaped}");
        assert!(escaped.contains("\\|") && escaped.contains("\\[x\\]\\(") && escaped.contains("\\`a\\`"), "{escaped}");
        assert!(escaped.contains("\\# b \\@all"), "{escaped}");
    }
}
