use std::str::FromStr;

use assay_attest::Bundle;
use assay_base::{Digest, DigestError, IdError, RunId};
use assay_wire::{Exit, RunDescription, RunQuery};
use bytes::Bytes;

use super::view::view;
use crate::client::Client;
use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::Format;

/// Show a run: its verdict and what it rests on
///
/// The formats statement, attestation and payload-pae print the signed bytes exactly.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay run describe 0190a5d0-0000-7000-8000-00000000000a\n  assay run describe -o attestation \\\n    sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 > bundle.json\n\nFormats:\n  table, json, statement, attestation, payload-pae"
)]
pub(crate) struct Args {
    /// The id of the run, or the digest of its bundle
    #[arg(value_name = "ID|sha256:…")]
    run: RunRef,
}

/// The forms of output beside the common ones.
pub(crate) const FORMATS: &[Format] = &[Format::Statement, Format::Attestation, Format::PayloadPae];

/// A run by its id or by what it handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunRef {
    Id(RunId),
    Bundle(Digest),
}

/// Why a text names no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum RunRefError {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl FromStr for RunRef {
    type Err = RunRefError;
    fn from_str(text: &str) -> Result<Self, RunRefError> {
        if text.contains(':') { Ok(Self::Bundle(text.parse()?)) } else { Ok(Self::Id(text.parse()?)) }
    }
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let client = ctx.client()?;
    let id = find(&client, args.run)?;
    let run = client.run(id)?;
    match ctx.ui.format() {
        Format::Table | Format::Json => ctx.ui.answer(&run, view)?,
        form => ctx.ui.bytes(&signed(form, &attestation(&client, &run)?)?)?,
    }
    Ok(Exit::Ok)
}

fn find(client: &Client, run: RunRef) -> Result<RunId, CliError> {
    let digest = match run {
        RunRef::Id(id) => return Ok(id),
        RunRef::Bundle(digest) => digest,
    };
    let query = RunQuery { digest: Some(digest), ..RunQuery::default() };
    let found = client.runs(&query)?.items;
    let absent = || CliError::new(Exit::Forbidden, "not-found", format!("there is no run with the bundle `{digest}`"));
    found.first().map(|run| run.id).ok_or_else(absent)
}

/// The bundle, which must be the one that the run says it has.
fn attestation(client: &Client, run: &RunDescription) -> Result<Bytes, CliError> {
    let bytes = client.attestation(run.item.id)?;
    if run.item.digest == Some(Digest::of(&bytes)) {
        return Ok(bytes);
    }
    Err(CliError::new(Exit::Unverified, "digest-mismatch", "the bundle that came is not the one of the run"))
}

fn signed(form: Format, bytes: &Bytes) -> Result<Vec<u8>, CliError> {
    if form == Format::Attestation {
        return Ok(bytes.to_vec());
    }
    let bundle = Bundle::parse(bytes.to_vec()).map_err(|error| {
        CliError::new(Exit::Unverified, "bundle", "the bundle of the run cannot be read").because(error)
    })?;
    let envelope = bundle.envelope();
    Ok(if form == Format::PayloadPae { envelope.pae() } else { envelope.payload.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_id_or_digest() {
        let id = "0190a5d0-0000-7000-8000-00000000000a";
        assert_eq!(id.parse::<RunRef>(), Ok(RunRef::Id(id.parse().unwrap())));
        let digest = Digest::of(b"x");
        assert_eq!(digest.to_string().parse::<RunRef>(), Ok(RunRef::Bundle(digest)));
        assert!("sha256:12".parse::<RunRef>().is_err() && "nope".parse::<RunRef>().is_err());
    }
}
