use std::time::{Duration, Instant};

use assay_base::RunId;
use assay_wire::{Exit, PushAnswer};
use bytes::Bytes;

use crate::client::Client;
use crate::context::Ctx;
use crate::error::CliError;

/// Pauses before the same bundle is sent again: the server knows it by its digest.
const AGAIN: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];
/// Longest time that somebody waits for a verdict: a day.
const LONGEST: u64 = 24 * 60 * 60;
/// Pause between two questions for the verdict.
const POLL: Duration = Duration::from_millis(500);

/// How long a verdict is waited for
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Patience {
    /// How many seconds to wait for the verdict, at most a day
    #[arg(long, default_value_t = 120, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LONGEST))]
    timeout: u64,
}

/// Hands a bundle in, and waits for the verdict when the server needs time.
///
/// # Errors
/// [`CliError`] of the server. When the time is over there is an answer without a verdict.
pub(super) fn deliver(
    ctx: &Ctx,
    client: &Client,
    run: RunId,
    bundle: &Bytes,
    patience: Patience,
) -> Result<PushAnswer, CliError> {
    let (begun, longest) = (Instant::now(), Duration::from_secs(patience.timeout));
    let mut answer = send(client, run, bundle).map_err(with_way_out)?;
    if answer.verdict.is_none() {
        ctx.ui.note("the attestation is stored, its verdict is being worked out");
    }
    while answer.verdict.is_none() && begun.elapsed() < longest {
        std::thread::sleep(POLL.min(longest.saturating_sub(begun.elapsed())));
        let described = client.run(run)?;
        answer.verdict = described.item.verdict;
        answer.warnings = described.warnings;
        answer.evaluations = described.evaluations;
        answer.unmatched = described.unmatched;
    }
    Ok(answer)
}

fn send(client: &Client, run: RunId, bundle: &Bytes) -> Result<PushAnswer, CliError> {
    let mut pauses = AGAIN.iter();
    loop {
        match client.push_attestation(run, bundle.clone()) {
            Err(error) if error.exit() == Exit::Network => match pauses.next() {
                Some(pause) => std::thread::sleep(*pause),
                None => return Err(error),
            },
            done => return done,
        }
    }
}

/// The same error; where the run is over it says how to begin anew.
pub(super) fn with_way_out(error: CliError) -> CliError {
    if over(&error) {
        let hint = "forget what was gathered with `assay att reset`, or begin anew with `assay att init --replace`";
        return error.hint(hint);
    }
    error
}

/// Whether the server says that the run is over.
pub(super) fn over(error: &CliError) -> bool {
    matches!(error.code(), "run-over" | "other-content")
}

/// The exit code of a verdict.
pub(super) fn exit(verdict: Option<&str>) -> Exit {
    match verdict {
        Some("compliant") => Exit::Ok,
        Some("non_compliant") => Exit::Denied,
        _ => Exit::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn a_timeout_has_a_bound() {
        let tried =
            |seconds: &str| crate::cli::Cli::try_parse_from(["assay", "att", "push", "--timeout", seconds]).is_ok();
        assert!(tried("0") && tried("86400"));
        assert!(!tried("86401") && !tried("18446744073709551615") && !tried("-1"));
    }

    #[test]
    fn only_compliant_is_a_pass() {
        let cases = [
            (Some("compliant"), Exit::Ok),
            (Some("non_compliant"), Exit::Denied),
            (Some("inconclusive"), Exit::Inconclusive),
            (Some("something new"), Exit::Inconclusive),
            (None, Exit::Inconclusive),
        ];
        for (verdict, expected) in cases {
            assert_eq!(exit(verdict), expected, "{verdict:?}");
        }
    }
}
