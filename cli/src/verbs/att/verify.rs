use std::path::PathBuf;

use assay_attest::{
    AttestError, Bundle, PREDICATE_TYPE, PublicKey, SignerInfo, TrustRoot, TrustRules, TrustedKey,
    VerificationMaterial, Verified, verify,
};
use assay_base::{Digest, Timestamp};
use assay_wire::{Exit, Signer};
use serde::Serialize;

use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{Limit, given_bytes};
use crate::ui::{Tone, View};

/// Verify a bundle: its signature, its signer, and the time of the signature
///
/// It is verified under the trust root of the configured server, or under what is given here. With `--key` it must be
/// signed with that key, and a trust root says the time only. Where there is nothing to verify it under, nothing was
/// verified: exit 5.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay att verify --bundle attestation.json\n  assay att verify --bundle attestation.json --trust-root trust-root.json\n  assay att verify --bundle attestation.json --key release.pub"
)]
pub(crate) struct Args {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The public key that it must be signed with
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

/// Who is to have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The holder of a key that was given.
    Key,
    /// Somebody whom the trust root certifies.
    Root,
}

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    let bytes = given_bytes(&ctx.cwd.join(&args.bundle), Limit::BUNDLE)?;
    let bundle = Bundle::parse(bytes).map_err(|error| bundle_error(Exit::Unverified, error))?;
    let asked = if args.key.is_some() { Asked::Key } else { Asked::Root };
    if asked == Asked::Key {
        signed_with_key(&bundle)?;
    }
    let rules = rules(ctx, args, &bundle)?;
    let verified = verify(&bundle, &rules).map_err(|error| refused(asked, error))?;
    ctx.ui.answer(&Answer::new(&verified), Answer::view)?;
    Ok(Exit::Ok)
}

/// Whoever names a key asks for its signature: that of a certificate is another answer.
fn signed_with_key(bundle: &Bundle) -> Result<(), CliError> {
    match bundle.material() {
        VerificationMaterial::PublicKey { .. } => Ok(()),
        VerificationMaterial::Certificate(_) => {
            let message = "the bundle is signed by a certificate, not with the key";
            let told = CliError::new(Exit::Unverified, "signed-by-certificate", message);
            Err(told.hint("leave `--key` away to verify the certificate under the trust root"))
        }
    }
}

/// What the bundle is verified under: the trust root that is given or the server's, and the key. Beside a key the root
/// certifies nobody.
fn rules(ctx: &Ctx, args: &Args, bundle: &Bundle) -> Result<TrustRules, CliError> {
    let root = match &args.trust_root {
        Some(path) => Some(given_bytes(&ctx.cwd.join(path), Limit::CHAIN)?),
        // A key vouches alone for a bundle without timestamps.
        None if args.key.is_some() && bundle.timestamps().is_empty() => None,
        None => ctx.client_if_configured()?.map(|client| client.trust_root()).transpose()?.map(Into::into),
    };
    let key = args.key.as_ref().map(|path| given_bytes(&ctx.cwd.join(path), Limit::LINES)).transpose()?;
    if root.is_none() && key.is_none() {
        let message = "nothing was verified: there is neither a trust root nor a key";
        let hint = "give `--trust-root` or `--key`, or log in to the server of the attestation";
        return Err(CliError::new(Exit::Unverified, "nothing-to-verify-against", message).hint(hint));
    }
    trusted(root, key)
}

fn trusted(root: Option<Vec<u8>>, key: Option<Vec<u8>>) -> Result<TrustRules, CliError> {
    let unusable = |error| bundle_error(Exit::Invalid, error);
    let mut root = root.map(|bytes| TrustRoot::from_json(&bytes)).transpose().map_err(unusable)?.unwrap_or_default();
    if key.is_some() {
        root.certificate_authorities.clear();
    }
    let key = key.map(|bytes| PublicKey::parse(&bytes)).transpose().map_err(unusable)?;
    let keys = key.map(|key| TrustedKey { name: None, key }).into_iter().collect();
    TrustRules::new(root, keys).map_err(unusable)
}

fn refused(asked: Asked, error: AttestError) -> CliError {
    let hint = match &error {
        AttestError::KeyUntrusted { .. } if asked == Asked::Root => Some("give its public key with `--key`"),
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

#[cfg(test)]
mod tests {
    use assay_attest::{Draft, Predicate, Subject};
    use assay_signer::{PrivateKey, SignedPayload};

    use super::*;

    fn signed(key: &PrivateKey) -> SignedPayload {
        let subject = Subject::new("a", Digest::of(b"a"));
        SignedPayload::sign(key, Draft::new(vec![subject], Predicate::default()).to_payload().unwrap()).unwrap()
    }

    #[test]
    fn a_key_is_asked_for_its_own_signature_only() {
        let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let bundle = signed(&key).with_key(None).unwrap();
        assert!(signed_with_key(&bundle).is_ok());
        let under = |key: &PrivateKey| {
            let rules = trusted(None, Some(key.public_key().der().to_vec())).unwrap();
            verify(&bundle, &rules).map_err(|error| refused(Asked::Key, error))
        };
        assert!(under(&key).is_ok());
        let told = under(&other).unwrap_err();
        assert_eq!((told.exit(), told.code(), told.way_out()), (Exit::Unverified, "key-untrusted", None));
    }

    #[test]
    fn a_certificate_is_not_the_answer_to_a_key() {
        let key = PrivateKey::generate().unwrap();
        let bundle = signed(&key).with_certificate(vec![0x30, 0], vec![0x30, 0]).unwrap();
        let told = signed_with_key(&bundle).unwrap_err();
        assert_eq!((told.exit(), told.code()), (Exit::Unverified, "signed-by-certificate"));
    }

    #[test]
    fn who_trusts_no_key_is_told_how() {
        let told = refused(Asked::Root, AttestError::KeyUntrusted { hint: "x".to_owned() });
        assert_eq!((told.exit(), told.way_out()), (Exit::Unverified, Some("give its public key with `--key`")));
    }
}
