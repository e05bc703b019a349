use std::io::Read as _;
use std::path::{Path, PathBuf};

use assay_attest::{
    AttestError, Bundle, PREDICATE_TYPE, PublicKey, SignerInfo, TrustRoot, TrustRules, TrustedKey, Verified, verify,
};
use assay_base::{Digest, Timestamp, limits};
use assay_wire::{Exit, Signer};
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::ui::{Tone, View};

/// Largest key or trust root that is read.
const TRUST_BYTES: u64 = 4 << 20;

/// Verify a bundle: its signature, its signer, and the time of the signature
///
/// It is verified under the trust root of the configured server, or under what is given here. Where there is nothing to
/// verify it under, nothing was verified: exit 5.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay att verify --bundle attestation.json\n  assay att verify --bundle attestation.json --trust-root trust-root.json\n  assay att verify --bundle attestation.json --key release.pub"
)]
pub(crate) struct Args {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// A public key to trust
    #[arg(long, value_name = "PUB")]
    key: Option<PathBuf>,
    /// A trust root, as `assay trust-root` prints it [default: that of the configured server]
    #[arg(long, value_name = "FILE")]
    trust_root: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Answer {
    verified: bool,
    signer: Signer,
    signed_at: Option<Timestamp>,
    digest: Digest,
    payload_digest: Digest,
    predicate_type: &'static str,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = read_limited(&ctx.cwd.join(&args.bundle), limits::BUNDLE_BYTES as u64)?;
    let bundle = Bundle::parse(bytes).map_err(|error| bundle_error(Exit::Unverified, error))?;
    let rules = rules(ctx, args, &bundle)?;
    let verified = verify(&bundle, &rules).map_err(|error| refused(args, error))?;
    ctx.ui.answer(&Answer::new(&verified), Answer::view)?;
    Ok(Exit::Ok)
}

/// What the bundle is verified under: the trust root that is given or the server's, and the key.
fn rules(ctx: &Ctx, args: &Args, bundle: &Bundle) -> Result<TrustRules, CliError> {
    let root = match &args.trust_root {
        Some(path) => Some(read_limited(&ctx.cwd.join(path), TRUST_BYTES)?),
        // A key vouches alone for a bundle without timestamps.
        None if args.key.is_some() && bundle.timestamps().is_empty() => None,
        None => ctx.client_if_configured()?.map(|client| client.trust_root()).transpose()?.map(Into::into),
    };
    let key = args.key.as_ref().map(|path| read_limited(&ctx.cwd.join(path), TRUST_BYTES)).transpose()?;
    if root.is_none() && key.is_none() {
        let message = "nothing was verified: there is neither a trust root nor a key";
        let hint = "give `--trust-root` or `--key`, or log in to the server of the attestation";
        return Err(CliError::new(Exit::Unverified, "nothing-to-verify-against", message).hint(hint));
    }
    let unusable = |error| bundle_error(Exit::Invalid, error);
    let root = root.map(|bytes| TrustRoot::from_json(&bytes)).transpose().map_err(unusable)?.unwrap_or_default();
    let key = key.map(|bytes| PublicKey::parse(&bytes)).transpose().map_err(unusable)?;
    let keys = key.map(|key| TrustedKey { name: None, key }).into_iter().collect();
    TrustRules::new(root, keys).map_err(unusable)
}

fn refused(args: &Args, error: AttestError) -> CliError {
    let hint = match &error {
        AttestError::KeyUntrusted { .. } if args.key.is_none() => Some("give the public key with `--key`"),
        AttestError::TimestampAuthorityMissing => {
            Some("give the trust root that the timestamp is checked with: `--trust-root`")
        }
        _ => None,
    };
    let refused = bundle_error(Exit::Unverified, error);
    match hint {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}

pub(super) fn bundle_error(exit: Exit, error: AttestError) -> CliError {
    CliError::new(exit, error.code(), error.to_string()).because(error)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`CliError`] with exit 2 when it is absent or larger.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    let failed = |error| CliError::file("read", path, error);
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(CliError::new(
            Exit::Invalid,
            "file-size",
            format!("`{}` has more than {limit} bytes", path.display()),
        ));
    }
    Ok(bytes)
}

impl Answer {
    fn new(verified: &Verified<assay_attest::Statement>) -> Self {
        let (kind, identity, signed_at) = match verified.signer() {
            SignerInfo::Certificate { identity, signed_at, .. } => ("certificate", identity.clone(), Some(*signed_at)),
            SignerInfo::Key { key_id, signed_at, .. } => ("key", key_id.to_string(), *signed_at),
        };
        Self {
            verified: true,
            signer: Signer { kind: kind.to_owned(), identity },
            signed_at,
            digest: verified.digest(),
            payload_digest: Digest::of(verified.payload()),
            predicate_type: PREDICATE_TYPE,
        }
    }

    fn view(&self) -> View {
        View::new()
            .toned(Tone::Good, "The attestation verifies.")
            .field("Signed by", format!("{} ({})", self.signer.identity, self.signer.kind))
            .maybe("Signed at", self.signed_at)
            .field("Attestation", self.digest)
            .field("Statement", self.payload_digest)
            .field("Predicate", self.predicate_type)
    }
}
