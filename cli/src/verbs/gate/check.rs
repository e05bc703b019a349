use assay_base::{Digest, DocumentName};
use assay_wire::{Exit, GateAnswer};

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Table, Tone, View, or_dash};

/// Ask a gate whether a digest may ship: exit 0 pass, 4 fail, 6 inconclusive
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay gate check --gate production \\\n    --digest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)]
pub(crate) struct Args {
    /// The gate
    #[arg(long, value_name = "NAME")]
    gate: DocumentName,
    /// The digest
    #[arg(long, value_name = "sha256:…")]
    digest: Digest,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let answer = ctx.client()?.gate_decision(&args.gate, args.digest)?;
    ctx.ui.answer(&answer, view)?;
    Ok(exit(&answer.decision))
}

/// What is not understood is not a pass.
fn exit(decision: &str) -> Exit {
    match decision {
        "pass" => Exit::Ok,
        "fail" => Exit::Denied,
        _ => Exit::Inconclusive,
    }
}

fn view(answer: &GateAnswer) -> View {
    let mut table = Table::new(&["WORKFLOW", "PROJECT", "CODE", "REASON", "RUN"]);
    for reason in &answer.reasons {
        table.row([
            reason.workflow.to_string(),
            reason.project.to_string(),
            reason.code.clone(),
            reason.message.clone(),
            or_dash(reason.run_id),
        ]);
    }
    View::new()
        .toned(Tone::of_status(&answer.decision), format!("{}: {}", answer.gate, answer.decision))
        .field("Digest", answer.digest)
        .field("Decided", answer.decided_at)
        .line("")
        .table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pass_is_a_pass() {
        let cases = [
            ("pass", Exit::Ok),
            ("fail", Exit::Denied),
            ("inconclusive", Exit::Inconclusive),
            ("", Exit::Inconclusive),
        ];
        for (decision, expected) in cases {
            assert_eq!(exit(decision), expected, "{decision}");
        }
    }
}
